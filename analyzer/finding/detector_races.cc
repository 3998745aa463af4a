#include "finding/detector_races.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "base/text.h"
#include "finding/function_name.h"

namespace tenter::analysis {
namespace {

bool is_one_of(std::string_view name, const auto& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}
bool starts_with_any(std::string_view name, const auto& beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(), [&](std::string_view one) { return name.starts_with(one); });
}

// ThreadSanitizer's versions of libc's functions. clang links them into the program, where nothing but their names tells
// them from the program's own.
constexpr std::array<std::string_view, 12> stands_for = {"malloc",         "calloc",        "realloc",  "reallocarray",
                                                         "posix_memalign", "aligned_alloc", "memalign", "valloc",
                                                         "pvalloc",        "free",          "cfree",    "munmap"};
constexpr std::array<std::string_view, 9> stands_for_these = {
    "operator new", "operator delete", "__interceptor_", "___interceptor_", "__tsan_", "pthread_", "mem", "str",
    "sem_"};
constexpr std::array<std::string_view, 5> gives_back = {"free", "cfree", "realloc", "reallocarray", "munmap"};

bool is_detectors_own(const Frame& frame) {
  const std::string module = file_name(frame.module);
  if (module.starts_with("libtsan.so") || module.starts_with("libtenter_tsan")) return true;
  if (frame.file.find("/compiler-rt/lib/") != std::string::npos) return true;
  return frame.file.empty() &&
         (is_one_of(frame.function, stands_for) || starts_with_any(frame.function, stands_for_these));
}

}  // namespace

std::vector<std::uint64_t> code_addresses(const std::vector<DetectorReport>& reports) {
  std::set<std::uint64_t> all;
  const auto add = [&](const Addresses& stack) { all.insert(stack.begin(), stack.end()); };
  for (const DetectorReport& report : reports) {
    for (const auto& access : report.accesses) add(access.stack);
    for (const auto& memory : report.memory) add(memory.stack);
    for (const auto& thread : report.threads) add(thread.created_at);
    for (const auto& mutex : report.mutexes) add(mutex.created_at);
    for (const Addresses& stack : report.stacks) add(stack);
  }
  return {all.begin(), all.end()};
}

Addresses DetectorTerms::plain(const Addresses& stack) {
  Addresses result;
  for (std::size_t i = 0; i < stack.size();) {
    std::size_t end = i + 1;
    while (end < stack.size() && stack[end] == stack[i]) ++end;
    const std::vector<Frame>& frames = names_.frames(stack[i]);
    // A recursion repeats the address as well. Without names of its own the detector repeats nothing else.
    const std::size_t repeated = end - i, inlined = std::max<std::size_t>(frames.size(), 1);
    const std::size_t calls = repeated % inlined == 0 ? repeated / inlined : repeated;
    if (!result.empty() || !is_detectors_own(frames.empty() ? Frame{} : frames.back()))
      result.insert(result.end(), calls, stack[i]);
    i = end;
  }
  return result;
}

Site DetectorTerms::site(const Addresses& stack) {
  const Addresses calls = plain(stack);
  if (calls.empty()) return {};
  StackId callers = empty_stack;
  for (std::size_t i = calls.size() - 1; i > 0; --i) callers = stacks_.push(callers, calls[i]);
  return {calls.front(), callers};
}

bool DetectorTerms::gives_memory_back(const Addresses& stack) {
  for (const std::uint64_t address : stack) {
    const std::vector<Frame>& frames = names_.frames(address);
    if (frames.empty() || !is_detectors_own(frames.back())) return false;
    const std::string_view function = frames.back().function;
    if (is_one_of(function, gives_back) || function.starts_with("operator delete")) return true;
  }
  return false;
}

TaskId DetectorTerms::task(const DetectorReport& report, std::uint64_t number) {
  const auto told = std::find_if(report.threads.begin(), report.threads.end(),
                                 [&](const DetectorReport::Thread& thread) { return thread.number == number; });
  if (told == report.threads.end()) return no_task;
  TaskId id = static_cast<TaskId>(told->task);
  const bool is_stranger = told->task == 0 || world_.task(id) == nullptr;
  if (is_stranger) {
    const auto known = strangers_.find(number);
    id = known != strangers_.end() ? known->second : static_cast<TaskId>(world_.tasks().size());
    strangers_[number] = id;
  }
  // A thread that makes itself known only later comes from nowhere in the recording; the detector has seen its beginning.
  const TaskInfo* info = is_stranger ? nullptr : world_.task(id);
  const Site created_at = site(told->created_at);
  if (created_at.pc == 0) {
    if (!is_stranger) return id;
  }
  Step step{};
  step.task = info != nullptr && info->creator != no_task ? info->creator : TaskId{1};
  if (const auto parent = strangers_.find(told->parent); parent != strangers_.end()) step.task = parent->second;
  for (const DetectorReport::Thread& thread : report.threads)
    if (thread.number == told->parent && thread.task != 0) step.task = static_cast<TaskId>(thread.task);
  step.event.op = trace::Op::task_create;
  step.event.object = index(id);
  step.event.arg = static_cast<std::uint8_t>(info != nullptr ? info->kind : trace::TaskKind::thread);
  step.event.pc = created_at.pc;
  step.event.callers = created_at.callers;
  world_.observe(step);
  if (!told->name.empty()) {
    Step named{};
    named.task = id;
    named.event.op = trace::Op::name;
    named.event.flags = static_cast<std::uint8_t>(trace::NameOf::task);
    named.event.object = index(id);
    named.event.text = told->name;
    world_.observe(named);
  }
  return id;
}

Block DetectorTerms::block(const DetectorReport& report, std::uint64_t address) {
  Block block;
  for (const DetectorReport::Memory& memory : report.memory) {
    if (memory.begin != 0 && (address < memory.begin || address - memory.begin >= memory.size)) continue;
    if (memory.kind == "global") return {};
    block.address = memory.begin;
    block.size = memory.size;
    if (memory.kind == "heap") {
      block.kind = trace::MemoryKind::heap;
      block.allocated_by = task(report, memory.thread);
      block.allocated_at = site(memory.stack);
      return block;
    }
    // Of a thread's stack the detector tells neither beginning nor size.
    if (block.size == 0) {
      block.address = address;
      block.size = 1;
    }
    block.kind = memory.kind == "tls" ? trace::MemoryKind::thread_local_storage : trace::MemoryKind::stack;
    block.allocated_by = memory.kind == "task-stack" ? static_cast<TaskId>(memory.thread) : task(report, memory.thread);
    return block;
  }
  return block;
}

ToldCandidate DetectorTerms::other(const DetectorReport& report) {
  ToldCandidate told;
  told.what = report.what;
  const std::size_t stacks_each = report.by.empty() ? 0 : report.stacks.size() / report.by.size();
  for (std::size_t i = 0; i < report.stacks.size(); ++i) {
    // By itself where the detector does not say whose a stack is: then it is of the only thread.
    TaskId whose = report.threads.size() == 1 ? task(report, report.threads.front().number) : no_task;
    if (stacks_each != 0 && i / stacks_each < report.by.size()) whose = task(report, report.by[i / stacks_each]);
    told.places.push_back({whose, site(report.stacks[i])});
  }
  if (told.places.empty())
    for (const DetectorReport::Thread& thread : report.threads)
      told.places.push_back({task(report, thread.number), site(thread.created_at)});
  for (const DetectorReport::Mutex& mutex : report.mutexes) told.mutexes.push_back(mutex.address);
  return told;
}

// A mutex of libc's is not in the recording.
void DetectorTerms::learn_of_mutexes(const DetectorReport& report) {
  for (const DetectorReport::Mutex& mutex : report.mutexes) {
    if (mutex.address == 0 || world_.lock(mutex.address) != nullptr) continue;
    const auto is_shared = [&](const DetectorReport::Access& access) {
      return std::ranges::any_of(access.held, [&](const DetectorReport::HeldMutex& held) {
        return held.address == mutex.address && held.shared;
      });
    };
    const Site created_at = site(mutex.created_at);
    Step step{};
    step.task = TaskId{1};
    step.event.op = trace::Op::lock_create;
    step.event.object = mutex.address;
    step.event.arg = static_cast<std::uint8_t>(
        std::ranges::any_of(report.accesses, is_shared) ? trace::LockKind::rwlock : trace::LockKind::mutex);
    step.event.pc = created_at.pc;
    step.event.callers = created_at.callers;
    world_.observe(step);
  }
}

std::optional<RaceCandidate> DetectorTerms::race(const DetectorReport& report) {
  const bool of_vptr = report.what.ends_with("-vptr");
  const std::string_view what = std::string_view(report.what).substr(0, report.what.size() - (of_vptr ? 5 : 0));
  if ((what != "data-race" && what != "heap-use-after-free") || report.accesses.size() < 2) return std::nullopt;
  learn_of_mutexes(report);
  const auto access_of = [&](const DetectorReport::Access& told) {
    Access access;
    access.task = task(report, told.thread);
    access.kind = told.atomic ? (told.write ? AccessKind::atomic_write : AccessKind::atomic_read)
                              : (told.write ? AccessKind::write : AccessKind::read);
    if (told.write && gives_memory_back(told.stack)) access.kind = AccessKind::free;
    access.vptr = of_vptr;
    access.address = told.address;
    access.size = told.size;
    access.where = site(told.stack);
    std::vector<LockSets::Lock> held;
    for (const DetectorReport::HeldMutex& one : told.held) held.emplace_back(one.address, one.shared);
    access.held = world_.lock_set(held);
    return access;
  };
  RaceCandidate race;
  race.left = access_of(report.accesses[1]);
  race.right = access_of(report.accesses[0]);
  race.block = block(report, race.right.address);
  race.found_by = {"tsan"};
  return race;
}

}  // namespace tenter::analysis
