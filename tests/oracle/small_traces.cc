#include "small_traces.h"

#include <cstdio>
#include <map>
#include <random>
#include <set>

#include "base/check.h"

namespace tenter::analysis::oracle {
namespace {

class Generator {
 public:
  Generator(std::uint64_t seed, TextTrace& trace) : random_(seed), trace_(trace) {}

  std::vector<std::string> run() {
    kinds_ = {Kind::access, Kind::access, Kind::lock, Kind::lock};
    for (int k = below(3); k > 0; --k) {
      const Kind kind = static_cast<Kind>(below(static_cast<int>(Kind::count)));
      kinds_.insert(kinds_.end(), 2, kind);
      if (kind == Kind::channel) make_channels();
      if (kind == Kind::barrier) say("main create_barrier b 2");
      if (kind == Kind::lock) locks_in_use_ = 3;
    }
    variables_ = 1 + below(3);
    const int tasks = 2 + below(2);
    for (int t = 0; t < tasks; ++t) {
      tasks_.push_back("t" + std::to_string(t));
      if (one_in(3)) say("main fork " + tasks_.back());
    }
    if (one_in(3)) tasks_.emplace_back("main");
    const int events = 8 + below(10);
    for (int i = 0; i < events; ++i) step();
    return lines_;
  }

 private:
  static constexpr std::size_t most_tasks = 5;
  enum class Kind { access, lock, rwlock, recursive, atomic, fence, wide, channel, semaphore, once, join, wait_group, condition, barrier,
                    annotation, memory, new_lock, baton, count };
  struct Lock {
    std::string writer;
    std::set<std::string> readers;
  };

  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  bool one_in(int n) { return below(n) == 0; }
  std::string named(const char* kind, int number) { return kind + std::to_string(number); }

  void say(const std::string& line) {
    lines_.push_back(line);
    const std::string trouble = trace_.line(line);
    if (!trouble.empty()) std::fprintf(stderr, "%s: %s\n", line.c_str(), trouble.c_str());
    TENTER_CHECK(trouble.empty(), "a generated line is valid");
  }
  bool can_act(const std::string& task) const { return !ended_.count(task) && !trace_.is_parked(task); }

  void make_channels() {
    if (!channels_made_) {
      for (int c = 0; c < 2; ++c) say("main make " + named("c", c) + " " + std::to_string(below(3)));
    }
    channels_made_ = true;
  }

  void step() {
    std::vector<std::string> able;
    for (const std::string& task : tasks_) {
      if (can_act(task)) able.push_back(task);
    }
    if (able.empty()) return;
    // Mostly the same as before, so that critical sections have something in them.
    if (current_.empty() || !can_act(current_) || one_in(3))
      current_ = able[static_cast<std::size_t>(below(static_cast<int>(able.size())))];
    const std::string who = current_;
    if (const auto at = waiting_.find(who); at != waiting_.end()) return wake(who);
    if (inside_.erase(who) != 0) return say(who + " leave b");
    switch (kinds_[static_cast<std::size_t>(below(static_cast<int>(kinds_.size())))]) {
      case Kind::access: return say(who + (one_in(2) ? " write " : " read ") + named("x", below(variables_)));
      case Kind::wide:
        return say(who + (one_in(2) ? " write " : " read ") + named("x", 0) + (one_in(2) ? "+4:8" : one_in(2) ? ":4" : ":20"));
      case Kind::lock: return use_lock(who, named("m", below(locks_in_use_)), false);
      case Kind::rwlock: return use_lock(who, named("m", below(locks_in_use_)), !one_in(3));
      case Kind::atomic: {
        static const char* const verbs[] = {" load ", " store ", " rmw "};
        static const char* const orders[] = {" relaxed", " acq_rel", " seq_cst"};
        if (one_in(8)) return say(who + (one_in(2) ? " read a" : " write a"));
        return say(who + verbs[below(3)] + "a" + orders[below(3)]);
      }
      case Kind::fence: {
        static const char* const orders[] = {"acquire", "release", "seq_cst"};
        if (one_in(3)) return say(who + " fence " + orders[below(3)]);
        return say(who + (one_in(2) ? " load a relaxed" : " store a relaxed"));
      }
      case Kind::recursive: return use_recursive_lock(who);
      case Kind::channel: return use_channel(who);
      case Kind::semaphore: {
        const int units = 1 + below(2);
        if (one_in(4)) return say(who + " fail_sem_wait s " + std::to_string(units));
        if (posts_ < units || one_in(2)) {
          posts_ += units;
          return say(who + " post s " + std::to_string(units));
        }
        posts_ -= units;
        return say(who + " sem_wait s " + std::to_string(units));
      }
      case Kind::once:
        if (once_ == 0) {
          once_ = 1;
          winner_ = who;
          return say(who + " once_begin o");
        }
        if (once_ == 1) {
          if (who != winner_) return;
          once_ = 2;
          return say(who + " once_end o");
        }
        return say(who + " once_pass o");
      case Kind::join: return join(who, able);
      case Kind::wait_group:
        if (counter_ > 0 && one_in(2)) {
          --counter_;
          return say(who + " done g");
        }
        if (counter_ == 0 && one_in(2)) return say(who + " pass g");
        ++counter_;
        return say(who + " add g");
      case Kind::condition: return use_condition(who, able);
      case Kind::barrier: return meet(who, able);
      case Kind::annotation: return say(who + (one_in(2) ? " acquire q" : " release q"));
      case Kind::memory: return use_memory(who);
      case Kind::new_lock: {
        const std::string lock = named("m", below(locks_in_use_));
        if (locks_[lock].writer.empty() && locks_[lock].readers.empty())
          say(who + (one_in(2) ? " destroy_lock " : " create_lock ") + lock);
        return;
      }
      case Kind::baton: {   // somebody else gives it back
        const std::string lock = named("m", below(locks_in_use_));
        if (locks_[lock].writer.empty()) return use_lock(who, lock, false);
        say(who + " unlock " + lock);
        locks_[lock].writer.clear();
        return;
      }
      case Kind::count: return;
    }
  }

  void use_lock(const std::string& who, const std::string& name, bool shared) {
    Lock& lock = locks_[name];
    const bool is_taken = !lock.writer.empty() || (!shared && !lock.readers.empty());
    if (one_in(is_taken ? 4 : 40)) return say(who + " fail_lock" + (shared ? "_shared " : " ") + name);
    if (lock.writer == who) {
      say(who + " unlock " + name);
      lock.writer.clear();
    } else if (lock.readers.erase(who) != 0) {
      say(who + " unlock_shared " + name);
    } else if (lock.writer.empty() && shared) {
      say(who + (one_in(8) ? " try_lock_shared " : " lock_shared ") + name);
      lock.readers.insert(who);
    } else if (lock.writer.empty() && lock.readers.empty()) {
      say(who + (one_in(8) ? " try_lock " : " lock ") + name);
      lock.writer = who;
    }
  }

  void use_recursive_lock(const std::string& who) {
    if (recursive_depth_ > 0 && who != recursive_owner_) return;
    if (recursive_depth_ == 0) say(who + " lock r");
    else if (one_in(2)) say(who + " lock_again r");
    else return say(who + (--recursive_depth_ > 0 ? " unlock_again r" : " unlock r"));
    recursive_owner_ = who;
    ++recursive_depth_;
  }

  void use_channel(const std::string& who) {
    const int c = below(2);
    if (one_in(5)) {
      std::string cases;
      for (int k = 0; k < 2; ++k) {
        if (!closed_.count(k)) cases += (one_in(2) ? " send:" : " recv:") + named("c", k);
      }
      if (!cases.empty()) say(who + " select" + cases + (one_in(3) ? " otherwise" : ""));
    } else if (one_in(10) && !closed_.count(c)) {
      say(who + " close " + named("c", c));
      closed_.insert(c);
    } else if (one_in(8) && !closed_.count(c)) {
      say(who + " timer_send " + named("c", c));
    } else {
      const std::string attempt = one_in(4) ? " try_" : " ";
      say(who + attempt + (one_in(2) && !closed_.count(c) ? "send " : "recv ") + named("c", c));
    }
  }

  void join(const std::string& who, const std::vector<std::string>& able) {
    const std::string& other = able[static_cast<std::size_t>(below(static_cast<int>(able.size())))];
    if (other == who || other == "main" || waiting_.count(other) || inside_.count(other)) return;
    for (const auto& [name, lock] : locks_) {
      if (lock.writer == other || lock.readers.count(other)) return;
    }
    if (recursive_depth_ > 0 && recursive_owner_ == other) return;
    say(one_in(4) ? other + " end" : who + " join " + other);
    ended_.insert(other);
    // Another task may begin when that one is over, and be made by who knows of it or by who does not.
    if (tasks_.size() == most_tasks || one_in(3)) return;
    tasks_.push_back("t" + std::to_string(tasks_.size()) + "_later");
    const std::string& creator = one_in(2) ? who : able[static_cast<std::size_t>(below(static_cast<int>(able.size())))];
    say((creator == other ? who : creator) + " fork " + tasks_.back());
  }

  // A wait gives m0 back, is signalled, and takes m0 again.
  void use_condition(const std::string& who, const std::vector<std::string>& able) {
    Lock& mutex = locks_["m0"];
    if (mutex.writer == who && one_in(2)) {
      say(who + " waits condition k");
      say(who + " unlock m0");
      mutex.writer.clear();
      waiting_[who] = false;
      return;
    }
    const std::string& other = able[static_cast<std::size_t>(below(static_cast<int>(able.size())))];
    if (one_in(3)) {
      say(who + " broadcast k");
      for (auto& [task, signalled] : waiting_) signalled = true;
    } else if (waiting_.count(other) != 0) {
      say(who + " signal k " + other);
      waiting_[other] = true;
    } else {
      say(who + " signal k");
    }
  }
  void wake(const std::string& who) {
    if (!waiting_[who] || !locks_["m0"].writer.empty() || !locks_["m0"].readers.empty()) return;
    say(who + " wake k");
    say(who + " goes_on");
    say(who + " lock m0");
    locks_["m0"].writer = who;
    waiting_.erase(who);
  }

  void meet(const std::string& who, const std::vector<std::string>& able) {
    const std::string& other = able[static_cast<std::size_t>(below(static_cast<int>(able.size())))];
    if (other == who || inside_.count(other) || waiting_.count(other)) return;
    say(who + " arrive b");
    say(other + " arrive b");
    inside_ = {who, other};
  }

  void use_memory(const std::string& who) {
    if (!allocated_) {
      say(who + " alloc h:16");
      allocated_ = true;
    } else if (one_in(5)) {
      say(who + " free h:16");
      allocated_ = false;
    } else {
      say(who + (one_in(2) ? " write h" : " read h") + (one_in(3) ? "+4:8" : "+8"));
    }
  }

  std::mt19937_64 random_;
  TextTrace& trace_;
  std::vector<std::string> lines_, tasks_;
  std::vector<Kind> kinds_;
  std::string current_, winner_, recursive_owner_;
  std::set<std::string> ended_, inside_;
  std::map<std::string, Lock> locks_;
  std::map<std::string, bool> waiting_;   // for k; true: signalled
  std::set<int> closed_;
  bool channels_made_ = false, allocated_ = false;
  int variables_ = 1, locks_in_use_ = 2, posts_ = 0, once_ = 0, counter_ = 0, recursive_depth_ = 0;
};

}  // namespace

std::vector<std::string> generate_small(std::uint64_t seed, TextTrace& trace) { return Generator(seed, trace).run(); }

}  // namespace tenter::analysis::oracle
