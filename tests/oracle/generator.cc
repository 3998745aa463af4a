// Every trace is made of a few kinds of events, chosen at random for it: with all kinds at once nearly everything
// would be ordered.
#include "generator.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "base/check.h"

namespace tenter::analysis::oracle {
namespace {

class Generator {
 public:
  Generator(std::uint64_t seed, Flavor flavor, TextTrace& trace) : random_(seed), flavor_(flavor), trace_(trace) {}

  std::vector<std::string> run() {
    if (flavor_ == Flavor::lock_cycles) {
      kinds_ = {Kind::lock, Kind::lock, Kind::lock};
      if (one_in(2)) kinds_.insert(kinds_.end(), static_cast<std::size_t>(1 + below(4)), Kind::rwlock);
      if (one_in(3)) kinds_.push_back(Kind::channel);
      if (one_in(3)) kinds_.push_back(Kind::atomic);
      if (one_in(4)) kinds_.push_back(Kind::condition);
      if (one_in(4)) kinds_.push_back(Kind::new_lock);
    } else {
      kinds_ = {Kind::access, Kind::access, Kind::access};
      for (int k = 0; k < 1 + below(3); ++k) {
        kinds_.push_back(static_cast<Kind>(below(static_cast<int>(Kind::count))));
        kinds_.push_back(kinds_.back());
      }
    }
    for (int c = 0; c < channels; ++c) {
      if (one_in(4)) continue;   // main makes it when it is first used, unbuffered
      say("main make " + name('c', c) + " " + std::to_string(below(4)));
    }
    for (int b = 0; b < 2; ++b) say("main create_barrier " + name('b', b) + " 2");
    const int tasks = flavor_ == Flavor::crowds ? 16 + below(12) : 2 + below(4);
    for (int t = 0; t < tasks; ++t) add_task();
    const int events = flavor_ == Flavor::races || flavor_ == Flavor::ranges ? 20 + below(60) : flavor_ == Flavor::crowds ? 80 + below(60) : 30 + below(60);
    for (int i = 0; i < events; ++i) step();
    return lines_;
  }

 private:
  enum class Kind { access, lock, rwlock, atomic, fence, channel, semaphore, once, join, wait_group, condition, barrier,
                    annotation, memory, new_lock, count };
  static constexpr int channels = 3;
  static constexpr int locks = 4;

  struct Lock {
    std::string writer;
    std::set<std::string> readers;
    bool again = false;
  };

  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  bool one_in(int n) { return below(n) == 0; }
  template <class T>
  const T& pick(const std::vector<T>& from) { return from[static_cast<std::size_t>(below(static_cast<int>(from.size())))]; }
  static std::string name(char kind, int number) { return kind + std::to_string(number); }

  void say(const std::string& line) {
    lines_.push_back(line);
    const std::string trouble = trace_.line(line);
    if (!trouble.empty()) std::fprintf(stderr, "%s: %s\n", line.c_str(), trouble.c_str());
    TENTER_CHECK(trouble.empty(), "a generated line is valid");
  }

  void add_task() {
    const std::string child = name('t', static_cast<int>(tasks_.size()));
    std::vector<std::string> creators = {"main"};
    for (const std::string& task : tasks_) {
      if (can_act(task)) creators.push_back(task);
    }
    if (trace_.is_parked("main")) creators.erase(creators.begin());
    if (creators.empty()) return;
    if (!one_in(6)) say(pick(creators) + " fork " + child);   // else nobody made it
    tasks_.push_back(child);
  }

  bool can_act(const std::string& task) const { return !ended_.count(task) && !trace_.is_parked(task); }

  std::string place() {
    if (flavor_ == Flavor::crowds) return name('x', 0) + "+" + std::to_string(below(3)) + (one_in(2) ? ":4" : ":1");
    if (flavor_ == Flavor::ranges) return range_in(name('x', below(2)));
    static const char* const sizes[] = {":1", ":2", ":4", ":8", ":8", ":20"};
    return name('x', below(2)) + "+" + std::to_string(below(14)) + sizes[below(6)];
  }
  // On both sides of the border between two pages of the shadow.
  std::string range_in(const std::string& object) {
    static const char* const begins[] = {"+800", "+800", "+804", "+840", "+864", "+960", "+1000"};
    static const char* const sizes[] = {":4", ":8", ":160", ":200", ":200", ":384"};
    return object + begins[below(7)] + sizes[below(6)];
  }
  std::string atomic_place() { return name('a', below(2)) + (one_in(3) ? "+4:4" : ":4"); }

  void step() {
    std::vector<std::string> able;
    for (const std::string& task : tasks_) {
      if (can_act(task)) able.push_back(task);
    }
    if (!trace_.is_parked("main")) able.push_back("main");
    if (able.empty()) return;
    const std::string& who = pick(able);
    if (inside_.count(who)) {
      say(who + " leave " + inside_[who]);
      inside_.erase(who);
      return;
    }
    if (one_in(25)) return add_task();
    static const std::vector<std::string> all_orders = {"relaxed", "relaxed", "acquire", "release", "acq_rel", "seq_cst", "consume"};
    switch (pick(kinds_)) {
      case Kind::access:
        if (flavor_ == Flavor::crowds && one_in(3)) {
          static const char* const verbs[] = {" load ", " load ", " rmw "};
          say(who + verbs[below(3)] + place() + " relaxed");
        } else if (flavor_ == Flavor::crowds && one_in(40)) {
          say(who + " alloc x0+" + std::to_string(below(3)) + ":2 stack");
        } else {
          say(who + (one_in(flavor_ == Flavor::crowds ? 12 : 2) ? " write " : " read ") + place());
        }
        if (flavor_ == Flavor::ranges && one_in(20)) say(who + " alloc " + place() + " stack");
        return;
      case Kind::lock: return take_or_give(who, name('m', below(locks)), false);
      case Kind::rwlock: return take_or_give(who, name('m', below(locks)), true);
      case Kind::atomic: {
        if (flavor_ == Flavor::races && one_in(12)) {   // a plain access to an atomic
          say(who + (one_in(2) ? " write " : " read ") + atomic_place());
          return;
        }
        static const char* const verbs[] = {" load ", " store ", " rmw "};
        say(who + verbs[below(3)] + atomic_place() + " " + pick(all_orders));
        return;
      }
      case Kind::fence: {
        static const std::vector<std::string> orders = {"acquire", "release", "acq_rel", "seq_cst"};
        if (one_in(2)) {
          say(who + " fence " + pick(orders));
        } else {
          say(who + (one_in(2) ? " load " : " store ") + atomic_place() + " relaxed");
        }
        return;
      }
      case Kind::channel: return use_channel(who);
      case Kind::semaphore: {
        const int units = 1 + below(2);
        if (one_in(6)) return say(who + " fail_sem_wait s " + std::to_string(units));
        const bool posts = one_in(2) || posts_ < units;
        say(who + (posts ? " post s " : " sem_wait s ") + std::to_string(units));
        posts_ += posts ? units : -units;
        return;
      }
      case Kind::once:
        say(who + (once_done_ ? " once_pass o" : " once_begin o"));
        if (!once_done_) say(who + " once_end o");
        once_done_ = true;
        return;
      case Kind::join: return join(who);
      case Kind::wait_group:
        say(who + (one_in(3) ? " add g" : one_in(2) ? " done g" : " pass g"));
        return;
      case Kind::condition: {
        const std::string& other = pick(able);
        if (other == who) return;
        if (inside_.count(other)) return;
        say(who + (one_in(4) ? " broadcast k" : " signal k " + other));
        if (!one_in(3)) say(other + " wake k");
        return;
      }
      case Kind::barrier: return meet(who, able);
      case Kind::annotation:
        say(who + (one_in(2) ? " acquire q" : " release q"));
        return;
      case Kind::memory: {
        const int box = below(2);
        const bool ranges = flavor_ == Flavor::ranges;
        const std::string whole = name('h', box) + (ranges ? ":2100" : ":24");
        const auto part = [&] {
          return ranges ? range_in(name('h', box)) : name('h', box) + "+" + std::to_string(below(17)) + ":8";
        };
        if (!allocated_.count(box) && (flavor_ == Flavor::races || ranges) && one_in(3)) {   // before its time, or after
          say(who + (one_in(2) ? " write " : " read ") + part());
        } else if (!allocated_.count(box)) {
          say(who + " alloc " + whole);
          allocated_.insert(box);
        } else if (one_in(5)) {
          say(who + " free " + whole);
          allocated_.erase(box);
        } else if (one_in(2)) {   // its last word is an atomic; what it publishes is elsewhere
          if (one_in(2)) say(who + " write " + place());
          say(who + (one_in(2) ? " store " : " load ") + name('h', box) + "+16:8 " + pick(all_orders));
        } else {
          say(who + (one_in(2) ? " write " : " read ") + part());
        }
        return;
      }
      case Kind::new_lock: {
        const std::string lock = name('m', below(locks));
        if (!locks_[lock].writer.empty() || !locks_[lock].readers.empty()) return;
        say(who + (one_in(2) ? " destroy_lock " : " create_lock ") + lock);
        return;
      }
      case Kind::count: return;
    }
  }

  void give_all(const std::string& who) {
    for (auto& [name, lock] : locks_) {
      if (lock.readers.erase(who) != 0) say(who + " unlock_shared " + name);
      if (lock.writer != who) continue;
      if (lock.again) say(who + " unlock_again " + name);
      lock.again = false;
      say(who + " unlock " + name);
      lock.writer.clear();
    }
  }

  void take_or_give(const std::string& who, const std::string& name, bool shared) {
    if (flavor_ == Flavor::lock_cycles && one_in(3)) return give_all(who);
    Lock& lock = locks_[name];
    if (lock.writer == who) {
      if (!lock.again && one_in(8)) {
        say(who + " lock_again " + name);
        lock.again = true;
      } else if (lock.again) {
        say(who + " unlock_again " + name);
        lock.again = false;
      } else if (flavor_ != Flavor::lock_cycles || one_in(2)) {
        say(who + " unlock " + name);
        lock.writer.clear();
      }
      return;
    }
    if (lock.readers.count(who)) {
      say(who + " unlock_shared " + name);
      lock.readers.erase(who);
      return;
    }
    if (one_in(lock.writer.empty() ? 40 : 4)) return say(who + " fail_lock" + (shared ? "_shared " : " ") + name);
    if (!lock.writer.empty()) return;
    const std::string attempt = one_in(8) ? " try_lock" : " lock";
    if (shared) {
      say(who + attempt + "_shared " + name);
      lock.readers.insert(who);
    } else if (lock.readers.empty()) {
      say(who + attempt + " " + name);
      lock.writer = who;
    }
  }

  void use_channel(const std::string& who) {
    const int c = below(channels);
    if (one_in(5)) {
      std::string cases;
      for (int k = 0; k < channels; ++k) {
        if (closed_.count(k) || one_in(3)) continue;
        cases += (one_in(2) ? " send:" : " recv:") + name('c', k);
      }
      if (!cases.empty()) say(who + " select" + cases + (one_in(3) ? " otherwise" : ""));
      return;
    }
    if (one_in(20) && !closed_.count(c)) {
      say(who + " close " + name('c', c));
      closed_.insert(c);
    } else if (one_in(6) && !closed_.count(c)) {
      say(who + " timer_send " + name('c', c));
    } else {
      const std::string attempt = one_in(4) ? " try_" : " ";
      say(who + attempt + (one_in(2) && !closed_.count(c) ? "send " : "recv ") + name('c', c));
    }
  }

  void join(const std::string& who) {
    const std::string& other = pick(tasks_);
    if (other == who || !can_act(other) || inside_.count(other)) return;
    for (auto& [name, lock] : locks_) {
      if (lock.writer == other || lock.readers.count(other)) return;
    }
    say(who + " join " + other);
    ended_.insert(other);
  }

  // Two meet at a barrier. Each leaves as its next event, and others may act in between.
  void meet(const std::string& who, const std::vector<std::string>& able) {
    const std::string& other = pick(able);
    if (other == who || inside_.count(other)) return;
    const std::string barrier = name('b', below(2));
    say(who + " arrive " + barrier);
    say(other + " arrive " + barrier);
    inside_[who] = inside_[other] = barrier;
  }

  std::mt19937_64 random_;
  Flavor flavor_;
  TextTrace& trace_;
  std::vector<std::string> lines_;
  std::vector<std::string> tasks_;
  std::vector<Kind> kinds_;
  std::set<std::string> ended_;
  std::map<std::string, Lock> locks_;
  std::set<int> closed_;
  std::set<int> allocated_;
  std::map<std::string, std::string> inside_;   // which barrier a task has yet to leave
  int posts_ = 0;
  bool once_done_ = false;
};

}  // namespace

std::vector<std::string> generate(std::uint64_t seed, Flavor flavor, TextTrace& trace) {
  return Generator(seed, flavor, trace).run();
}

}  // namespace tenter::analysis::oracle
