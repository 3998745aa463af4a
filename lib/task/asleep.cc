// When is a program asleep for good? When all workers are idle and nothing is queued, no timer would wake anybody, and
// nothing outside could, and every OS thread of the process is a worker or waits inside the library. A thread that does anything else, even if it
// only sits in join(), might call the library next, so as long as there is one, nothing is declared.
#include <cxxabi.h>
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "task/clock.h"
#include "task/places.h"
#include "task/scheduler.h"
#include "task/stack_switch.h"
#include "task/symbol.h"

// Only the genuine ThreadSanitizer has it.
extern "C" __attribute__((weak)) int __tsan_get_report_data();

namespace tenter::detail {
namespace {

constexpr int suspicions_needed = 7;  // with pauses of 1, 2, 4 ... ms between them

// Threads of a sanitizer's or recorder's runtime are none of the program's. They block what people send, but not SIGSYS; or,
// made by bare system calls, even signal 32, which the C library keeps for itself. A program's own thread that blocks
// "all" signals blocks SIGSYS and cannot block 32. The one thread of gcc's ThreadSanitizer looks just like that, so
// where that runtime is linked, one such thread is taken for it. A thread that is just being created or that ends blocks
// all signals too, but does not sleep meanwhile.
enum class Owner { program, runtime, perhaps_runtime };

Owner owner_by_mask(std::uint64_t blocked) {
  const auto has = [blocked](int signal) { return ((blocked >> (signal - 1)) & 1) != 0; };
  if (has(32)) { return Owner::runtime; }
  if (!(has(SIGINT) && has(SIGTERM) && has(SIGUSR1) && has(SIGCHLD) && has(34) && has(64))) { return Owner::program; }
  return has(SIGSYS) ? Owner::perhaps_runtime : Owner::runtime;
}

Owner owner_of(const char* thread_id) {
  char path[sizeof "/proc/self/task//status" + 255];  // a directory entry has at most 255 bytes
  std::snprintf(path, sizeof path, "/proc/self/task/%s/status", thread_id);
  std::FILE* const file = std::fopen(path, "re");
  if (file == nullptr) { return Owner::program; }
  char line[256];
  Owner owner = Owner::program;
  while (std::fgets(line, sizeof line, file) != nullptr) {
    if (std::strncmp(line, "State:\t", 7) == 0 && line[7] != 'S') { break; }
    if (std::strncmp(line, "SigBlk:", 7) == 0) {
      owner = owner_by_mask(std::strtoull(line + 7, nullptr, 16));
      break;
    }
  }
  std::fclose(file);
  return owner;
}

struct OsThreads {
  int all = 0;
  int of_runtimes = 0;
};

OsThreads count_os_threads(int expected) {
  OsThreads count;
  for (const bool look_closer : {false, true}) {
    DIR* const directory = opendir("/proc/self/task");
    if (directory == nullptr) { return {-1, 0}; }
    count = {};
    bool may_discount_one = __tsan_get_report_data != nullptr;
    while (const dirent* entry = readdir(directory)) {
      if (entry->d_name[0] == '.') { continue; }
      ++count.all;
      if (!look_closer) { continue; }
      const Owner owner = owner_of(entry->d_name);
      if (owner == Owner::runtime) {
        ++count.of_runtimes;
      } else if (owner == Owner::perhaps_runtime && may_discount_one) {
        may_discount_one = false;
        ++count.of_runtimes;
      }
    }
    closedir(directory);
    // The listing ends early when the thread that it has come to ends meanwhile. The kernel's own count, which Linux shows
    // as the number of links, is right; where it is not kept it is smaller.
    struct stat task_directory{};
    if (stat("/proc/self/task", &task_directory) != 0) { return {-1, 0}; }
    count.all = std::max(count.all, static_cast<int>(task_directory.st_nlink) - 2);
    if (count.all <= expected) { break; }
  }
  return count;
}

}  // namespace

const char* doing_what(WaitKind kind) {
  switch (kind) {
    case WaitKind::lock: return "waits for lock";
    case WaitKind::shared_lock: return "waits to read under lock";
    case WaitKind::condition: return "waits on condition";
    case WaitKind::semaphore: return "waits for semaphore";
    case WaitKind::once: return "waits for the first call of once";
    case WaitKind::chan_send: return "waits to send on channel";
    case WaitKind::chan_recv: return "waits to receive from channel";
    case WaitKind::context: return "waits for done() of a context";
    case WaitKind::select: return "waits in a select";
    case WaitKind::wait_group: return "waits for wait group";
    case WaitKind::sleep: return "sleeps";
    case WaitKind::descriptor: return "waits for descriptor";
    case WaitKind::nil_channel_send: return "waits to send on a nil channel, for ever";
    case WaitKind::nil_channel_recv: return "waits to receive from a nil channel, for ever";
    case WaitKind::none: break;
  }
  return "waits";
}

namespace {

std::string describe_object(const void* object) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, " %p", object);
  const std::string name = name_of_variable(object);
  return name.empty() ? buffer : buffer + (" `" + name + "`");
}

// "waits for lock 0x55d0c8 `table_lock`"
std::string describe_wait(const Agent& agent) {
  const WaitKind kind = agent.waits_for.load(std::memory_order_relaxed);
  std::string text = doing_what(kind);
  const void* const object = agent.waits_on.load(std::memory_order_relaxed);
  if (kind == WaitKind::descriptor) {  // its number stands for the object
    text += " " + std::to_string(reinterpret_cast<std::intptr_t>(object));
  } else if (kind == WaitKind::select) {
    const auto* const channels = static_cast<const void* const*>(object);
    const std::uint32_t count = agent.waits_on_count.load(std::memory_order_relaxed);
    constexpr std::uint32_t most = 8;
    for (std::uint32_t i = 0; i < count && i < most; ++i) {
      text += (i == 0 ? " of channels" : ",") + describe_object(channels[i]);
    }
    if (count > most) { text += " and " + std::to_string(count - most) + " more"; }
    if (count == 0) { text += " without channels, for ever"; }
  } else if (object != nullptr) {
    text += describe_object(object);
  }
  return text;
}

// ", for 2.5 s". `now` is of the same clock as the wait's beginning.
std::string describe_duration(const Agent& agent, std::int64_t now) {
  const std::int64_t since = agent.waits_since.load(std::memory_order_relaxed);
  char duration[48];
  std::snprintf(duration, sizeof duration, ", for %.1f s", since < now ? static_cast<double>(now - since) * 1e-9 : 0.0);
  return duration;
}

// A line of the report. The places are looked up for all lines at once.
struct Sleeper {
  std::string waits;  // who and for what
  std::string duration;
  CallOfOurs called_at;
  CallOfOurs created_at;  // nothing, of a thread
};

// What is said last is on the terminal and in the recording before the process ends.
[[noreturn]] void end_process(int misuse_kind, const void* object = nullptr) {
  if (misuse_kind >= 0) { TENTER_ANNOTATE(tenter_misuse(misuse_kind, object)); }
  TENTER_ANNOTATE(tenter_flush());
  std::fflush(nullptr);
  _exit(2);
}

}  // namespace

std::string Task::describe() const {
  std::string text = "task " + std::to_string(id_);
  if (!name().empty()) { text += " `" + name() + "`"; }
  return text;
}

std::string Task::describe_creation() const {
  const std::string place = places_of({{.called_from = created_at_}}).front().text();
  return place.empty() ? place : "created at " + place;
}

AsleepCheck::Threads AsleepCheck::look_at_threads_locked() {
  std::vector<Seen> seen;
  FutexGuard guard(scheduler_.threads_lock_);
  bool any_waits = false;
  for (const ThreadAgent* agent = scheduler_.threads_; agent != nullptr; agent = agent->next_) {
    if (agent->state_.load(std::memory_order_acquire) != Agent::parked) { continue; }
    seen.push_back({agent, agent->times_parked_.load(std::memory_order_acquire)});
    any_waits = any_waits || !agent->waits_in_run;
  }
  if (!any_waits && scheduler_.run()->live() <= 0) { return Threads::some_may_act; }
  const int ours =
      scheduler_.created_.load(std::memory_order_relaxed) + scheduler_.helpers_created_ + scheduler_.services_;
  const int expected = ours + static_cast<int>(seen.size());
  const OsThreads threads = count_os_threads(expected);
  if (threads.all < 0 || threads.all - threads.of_runtimes > expected) {
    suspicions_ = 0;
    return Threads::some_may_act;
  }
  // The threads were looked at one after the other. If none moved until now, they waited all at the same time.
  for (const Seen& one : seen) {
    if (one.agent->state_.load(std::memory_order_acquire) != Agent::parked ||
        one.agent->times_parked_.load(std::memory_order_acquire) != one.times_parked) {
      suspicions_ = 0;
      return Threads::some_may_act;
    }
  }
  if (threads.all <= expected) { return Threads::all_wait; }
  // A thread at its beginning or end may be taken for a runtime's own for a moment. One look proves nothing then, and looks
  // between which anybody moved are no better.
  if (seen != suspected_) { suspicions_ = 0; }
  suspected_ = std::move(seen);
  return ++suspicions_ >= suspicions_needed ? Threads::all_wait : Threads::perhaps_all_wait;
}

bool AsleepCheck::outside_can_wake() const {
  for (Outside* outside = scheduler_.outside_.load(std::memory_order_acquire); outside != nullptr;
       outside = outside->next_) {
    if (outside->can_wake()) { return true; }
  }
  return false;
}

AsleepCheck::Answer AsleepCheck::look() {
  looks_.fetch_add(1, std::memory_order_relaxed);
  FutexGuard timers_guard(scheduler_.timers.lock);
  FutexGuard guard(scheduler_.lock_);
  const bool has_tasks = scheduler_.run()->live() > 0;
  if (!has_tasks) {
    FutexGuard threads_guard(scheduler_.threads_lock_);
    if (scheduler_.threads_ == nullptr) { return Answer::nobody_waits; }
  }
  if (scheduler_.idle_ != scheduler_.created_.load(std::memory_order_relaxed) || scheduler_.helpers_busy_ > 0 ||
      scheduler_.global_size_.load(std::memory_order_relaxed) > 0 || outside_can_wake()) {
    suspicions_ = 0;
    return Answer::somebody_may_wake;
  }
  const bool timers_can_wake = scheduler_.timers.can_wake_locked();
  if (timers_can_wake && !clock_is_virtual()) {
    suspicions_ = 0;
    return Answer::somebody_may_wake;
  }
  const Threads threads = look_at_threads_locked();
  if (threads == Threads::some_may_act) { return Answer::somebody_may_wake; }
  // A timer that comes early is no false alarm, so no second look is needed.
  if (timers_can_wake) { return Answer::timers_only; }
  return threads == Threads::all_wait ? Answer::asleep : Answer::somebody_may_wake;
}

void AsleepCheck::report() {
  constexpr std::size_t most_lines = 1000;
  std::vector<Sleeper> sleepers;
  std::size_t left_out = 0;
  Unwinder unwinder;
  const std::int64_t now = clock_ns();
  const auto add = [&](const std::string& who, const Agent& agent, const Registers& registers, const void* begins_in,
                       const void* created_at) {
    if (sleepers.size() == most_lines) {
      ++left_out;
      return;
    }
    sleepers.push_back(
        {who + " " + describe_wait(agent),
         describe_duration(agent, now),
         {agent.waits_at.load(std::memory_order_relaxed), unwinder.calls(registers, most_calls), begins_in},
         {.called_from = created_at}});
  };
  StackPool::instance().for_each_live([&](const Task& task) {
    if (!scheduler_.abandoned(&task)) {
      add(task.describe(), task, registers_of(task.context_), task.begins_in(), task.created_at_);
    }
  });
  {
    FutexGuard guard(scheduler_.threads_lock_);
    for (const ThreadAgent* agent = scheduler_.threads_; agent != nullptr; agent = agent->next_) {
      if (agent->state_.load(std::memory_order_acquire) == Agent::parked && !agent->waits_in_run) {
        add("thread " + std::to_string(agent->os_id), *agent, agent->parked_with, nullptr, nullptr);
      }
    }
  }
  std::vector<CallOfOurs> calls;
  for (const Sleeper& sleeper : sleepers) {
    calls.push_back(sleeper.called_at);
    calls.push_back(sleeper.created_at);
  }
  const std::vector<Place> places = places_of(calls);
  std::string text = "all tasks are asleep - deadlock!\n";
  for (std::size_t i = 0; i < sleepers.size(); ++i) {
    const std::string called_at = places[2 * i].text();
    const std::string created_at = places[2 * i + 1].text();
    text += "  " + sleepers[i].waits + (called_at.empty() ? "" : ", called at " + called_at) + sleepers[i].duration +
            (created_at.empty() ? "" : ", created at " + created_at) + "\n";
  }
  if (left_out > 0) { text += "  ... and " + std::to_string(left_out) + " more\n"; }
  std::fflush(stdout);
  std::fwrite(text.data(), 1, text.size(), stderr);
  end_process(8);
}

std::size_t count_waiting() {
  Scheduler& scheduler = Scheduler::instance();
  std::size_t count = 0;
  const auto waits = [](const Agent& agent) {
    return agent.waits_for.load(std::memory_order_acquire) != WaitKind::none;
  };
  StackPool::instance().for_each_live([&](const Task& task) {
    if (waits(task) && !scheduler.abandoned(&task)) { ++count; }
  });
  FutexGuard guard(scheduler.threads_lock_);
  for (const ThreadAgent* agent = scheduler.threads_; agent != nullptr; agent = agent->next_) {
    if (waits(*agent)) { ++count; }
  }
  return count;
}

namespace {

// A name in a recording is short: a longer text is the names of the bytes from `object` on.
void name_in_pieces(const void* object, std::string_view text) {
  constexpr std::size_t piece_bytes = 48, most_pieces = 5;
  const auto* at = static_cast<const char*>(object);
  for (std::size_t i = 0; i < most_pieces && !text.empty(); ++i, ++at) {
    std::size_t size = std::min(piece_bytes, text.size());
    while (size < text.size() && size > 1 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) { --size; }
    TENTER_ANNOTATE(tenter_name(at, 3, text.data(), size));
    text.remove_prefix(size);
  }
}

}  // namespace

void die_of_exception(const Task& task, const char* what, bool is_our_own) {
  std::string text = "tenter: an exception left " + task.describe();
  const std::string creation = task.describe_creation();
  if (!creation.empty()) { text += ", " + creation; }
  std::string exception;
  if (const std::type_info* type = abi::__cxa_current_exception_type()) { exception = demangle_type(type->name()); }
  if (what != nullptr) { exception += (exception.empty() ? "" : ": ") + std::string(what); }
  text += (exception.empty() ? "" : ": ") + exception + "\n";
  std::fflush(stdout);
  std::fwrite(text.data(), 1, text.size(), stderr);
  // The library's own errors have told the recorder what they are when they were thrown.
  if (is_our_own) { end_process(-1); }
  name_in_pieces(&task, exception);
  end_process(7, &task);
}

}  // namespace tenter::detail
