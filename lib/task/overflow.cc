// Most of this runs in a signal handler, perhaps out of malloc(): nothing here allocates or takes a lock.
#include "task/overflow.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "task/scheduler.h"
#include "task/symbol.h"

namespace tenter::detail {
namespace {

constexpr std::size_t handler_stack = 64 * 1024;

struct sigaction handler_before;

void say_overflow(const Task& task) {
  std::array<char, 512> place{};
  write_place(place.data(), place.size(), task.created_at());
  std::array<char, 1024> text{};
  const int length = std::snprintf(
      text.data(), text.size(),
      "tenter: task %llu%s%.100s%s overran its stack of %zu bytes%s%s; give it more with TaskOptions::stack_size, or all "
      "with RunOptions::stack_size or TENTER_STACK_SIZE\n",
      static_cast<unsigned long long>(task.id()), task.name().empty() ? "" : " `", task.name().c_str(),
      task.name().empty() ? "" : "`", task.stack_size(), place[0] != 0 ? ", created at " : "", place.data());
  const auto size = std::min(static_cast<std::size_t>(length > 0 ? length : 0), text.size() - 1);
  syscall(SYS_write, STDERR_FILENO, text.data(), size);
}

// The signal comes again, as the instruction is done again, or as it was sent again, and kills.
void die_as_ever(int signal, const siginfo_t* info) {
  std::signal(signal, SIG_DFL);
  if (info->si_code <= 0) { raise(signal); }
}

void on_fault(int signal, siginfo_t* info, void* context) {
  const Task* const task = info->si_code > 0 ? task_with_guard_at(info->si_addr) : nullptr;
  if (task != nullptr) { say_overflow(*task); }
  if ((handler_before.sa_flags & SA_SIGINFO) != 0) {
    handler_before.sa_sigaction(signal, info, context);
  } else if (handler_before.sa_handler == SIG_DFL || handler_before.sa_handler == SIG_IGN) {
    die_as_ever(signal, info);
  } else {
    handler_before.sa_handler(signal);
  }
}

}  // namespace

const Task* task_with_guard_at(const void* address) {
  const Worker* const here = Scheduler::worker();
  const Task* const task = here != nullptr ? here->current() : nullptr;
  return task != nullptr && task->has_guard_at(address) ? task : nullptr;
}

void watch_for_overflows() {
  struct sigaction action{};
  if (sigaction(SIGSEGV, nullptr, &handler_before) != 0) { return; }
  action.sa_sigaction = &on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | (handler_before.sa_flags & (SA_NODEFER | SA_RESTART));
  action.sa_mask = handler_before.sa_mask;
  sigaction(SIGSEGV, &action, nullptr);
}

void prepare_for_overflows() {
  stack_t now{};
  if (sigaltstack(nullptr, &now) != 0 || (now.ss_flags & SS_DISABLE) == 0) { return; }
  void* const memory = mmap(nullptr, handler_stack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) { return; }
  stack_t own{};
  own.ss_sp = memory;
  own.ss_size = handler_stack;
  sigaltstack(&own, nullptr);
}

void die_of_overrun(const Task& task) {
  say_overflow(task);
  std::abort();
}

}  // namespace tenter::detail
