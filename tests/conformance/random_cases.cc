// Programs made up from a seed: tasks that do this and that with data, all of it protected in one way or another. Each
// comes twice. norace_random_SEED keeps every protection, and nothing may be found. In race_random_SEED one is missing,
// and exactly the variable that it protected is found: `v`, which one of the protections below gets to protect.
//
// Where one protection is missing, the others could still happen to order the two sides. So the side that breaks the rule
// does it before it has learnt anything from anybody, and does not go on (so that nobody learns anything from it) until
// the other side has had its turn; or it does it as the last thing in its life.
//
// RANDOM_SEEDS=FIRST-LAST chooses the seeds; 1-50 by default.
#include <cstdlib>
#include <memory>
#include <mutex>
#include <random>
#include <shared_mutex>

#include "cases.h"

namespace {

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  unsigned below(unsigned n) { return static_cast<unsigned>(engine_() % n); }

 private:
  std::mt19937 engine_;
};

// ---- data that one task at a time may use, or several that only read -------------------------------------------------------

class Guarded {
 public:
  explicit Guarded(int* data) : data_(data) {}
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;
  virtual ~Guarded() = default;

  // `how` picks one of the ways that there are to do it.
  virtual void write(unsigned how) = 0;
  virtual void read(unsigned how) { write(how); }
  void write_without_guard() { ++*data_; }

 protected:
  void do_write() { ++*data_; }
  void do_read() const { use(*data_); }

 private:
  int* const data_;
};

class ByMutex final : public Guarded {
 public:
  using Guarded::Guarded;
  void write(unsigned how) override {
    if (how % 2 == 0) {
      mutex_.lock();
    } else {
      while (!mutex_.try_lock()) { yield(); }
    }
    do_write();
    if (how % 3 == 0) { yield(); }
    mutex_.unlock();
  }

 private:
  Mutex mutex_;
};

class ByRWMutex final : public Guarded {
 public:
  using Guarded::Guarded;
  void write(unsigned) override {
    const std::lock_guard guard(mutex_);
    do_write();
  }
  void read(unsigned how) override {
    const std::shared_lock guard(mutex_);
    do_read();
    if (how % 3 == 0) { yield(); }
  }

 private:
  RWMutex mutex_;
};

class BySemaphore final : public Guarded {
 public:
  using Guarded::Guarded;
  void write(unsigned how) override {
    const std::ptrdiff_t all = 2;
    if (how % 2 == 0) {
      permits_.acquire(all);
    } else {
      while (!permits_.try_acquire(all)) { yield(); }
    }
    do_write();
    permits_.release(all);
  }
  void read(unsigned how) override { write(how); }

 private:
  Semaphore permits_{2};
};

class ByChannel final : public Guarded {
 public:
  using Guarded::Guarded;
  void write(unsigned how) override {
    switch (how % 3) {
      case 0: token_.send({}); break;
      case 1: select(on_send(token_, Unit{}), on_recv(never_)); break;
      default:
        while (!token_.try_send({})) { yield(); }
    }
    do_write();
    if (how % 2 == 0) {
      token_.recv();
    } else {
      select(on_recv(never_), on_recv(token_));
    }
  }

 private:
  const Chan<Unit> token_ = make_chan<Unit>(1);
  const Chan<int> never_ = make_chan<int>();
};

class ByCond final : public Guarded {
 public:
  using Guarded::Guarded;
  void write(unsigned how) override {
    {
      const std::lock_guard guard(mutex_);
      free_.wait([this] { return !taken_; });
      taken_ = true;
    }
    do_write();
    const std::lock_guard guard(mutex_);
    taken_ = false;
    if (how % 2 == 0) {
      free_.signal();
    } else {
      free_.broadcast();
    }
  }

 private:
  Mutex mutex_;
  Cond free_{mutex_};
  bool taken_ = false;
};

std::unique_ptr<Guarded> make_guarded(unsigned kind, int* data) {
  switch (kind % 5) {
    case 0: return std::make_unique<ByMutex>(data);
    case 1: return std::make_unique<ByRWMutex>(data);
    case 2: return std::make_unique<BySemaphore>(data);
    case 3: return std::make_unique<ByChannel>(data);
    default: return std::make_unique<ByCond>(data);
  }
}

// ---- the program -----------------------------------------------------------------------------------------------------------

// What protects `v`, and what is missing in the program that has the race.
enum class Rule : unsigned {
  guard,       // a Guarded; its guard
  hand_over,   // the sender of a pointer keeps off it; here it does not
  wait_group,  // done() comes after the work; here before
  once,        // read only after Once::call(); here without
  count
};

struct Step {
  enum What : unsigned { write, read, send, get_constant, spawn, let_run, count } what;
  unsigned item;
  unsigned how;
};

class RandomProgram {
 public:
  RandomProgram(unsigned seed, bool broken)
      : broken_(broken), rule_(static_cast<Rule>(seed % static_cast<unsigned>(Rule::count))), random_(seed) {
    const unsigned items = 2 + random_.below(static_cast<unsigned>(data_.size()) - 2);
    guarded_.push_back(make_guarded(random_.below(5), rule_ == Rule::guard ? &v : &data_[0]));
    for (unsigned i = 1; i < items; ++i) { guarded_.push_back(make_guarded(random_.below(5), &data_[i])); }
    for (Chan<Message>& each : letters_) { each = make_chan<Message>(random_.below(4)); }
    plans_.resize(3 + random_.below(4));
    for (std::vector<Step>& plan : plans_) {
      plan.resize(4 + random_.below(8));
      for (Step& step : plan) {
        step = {static_cast<Step::What>(random_.below(Step::count)), random_.below(items), random_.below(60)};
      }
    }
  }

  void run() {
    working_.add(static_cast<int>(plans_.size()));
    for (const Chan<Message>& each : letters_) {
      start([this, each] { collect(each); });
    }
    for (std::size_t i = 0; i < plans_.size(); ++i) {
      start([this, i] { work(i); });
    }
    working_.wait();
    for (const int each : results_) { use(each); }
    if (rule_ == Rule::wait_group) { ++v; }
    for (const Chan<Message>& each : letters_) { each.close(); }
    finish();
  }

 private:
  struct Message {
    int* data;
    bool is_yours;
  };

  void work(std::size_t self) {
    if (self == 0) { break_the_rule(); }
    if (self == 1) { keep_the_rule(); }
    for (const Step& step : plans_[self]) { do_step(step); }
    results_[self] = 1;
    if (self == 0 && rule_ == Rule::wait_group) {
      if (!broken_) { v = 1; }
      working_.done();
      if (broken_) { v = 1; }
      return;
    }
    working_.done();
  }

  // The first thing that task 0 does.
  void break_the_rule() {
    switch (rule_) {
      case Rule::guard:
        if (broken_) {
          guarded_[0]->write_without_guard();
          pass(other_had_its_turn_);
        } else {
          guarded_[0]->write(0);
        }
        break;
      case Rule::hand_over:
        v = 1;
        letters_[0].send({&v, false});
        if (broken_) {
          v = 2;
          pass(letter_was_read_);
        }
        break;
      case Rule::once:
        if (broken_) {
          use(v);
          pass(other_had_its_turn_);
        } else {
          get_constant();
        }
        break;
      case Rule::wait_group:
      case Rule::count: break;
    }
  }

  // The first thing that task 1 does.
  void keep_the_rule() {
    if (rule_ == Rule::guard) { guarded_[0]->write(1); }
    if (rule_ == Rule::once) { get_constant(); }
    other_had_its_turn_.open();
  }

  void do_step(const Step& step) {
    switch (step.what) {
      case Step::write: guarded_[step.item]->write(step.how); break;
      case Step::read: guarded_[step.item]->read(step.how); break;
      case Step::send: send(letters_[step.item % letters_.size()], new int(1)); break;
      case Step::get_constant: get_constant(); break;
      case Step::spawn:
        working_.add(1);  // the caller is counted still
        start([this, step] {
          guarded_[step.item]->write(step.how);
          working_.done();
        });
        break;
      case Step::let_run:
      case Step::count: yield();
    }
  }

  static void send(const Chan<Message>& letters, int* data) {
    *data += 1;
    const std::size_t chosen =
        select(on_send(letters, Message{data, true}), on_recv(after(std::chrono::milliseconds(1))));
    if (chosen == 1) { delete data; }
  }

  void collect(const Chan<Message>& letters) {
    for (const Message& each : letters) {
      ++*each.data;
      if (each.is_yours) {
        delete each.data;
      } else {
        letter_was_read_.open();
      }
      guarded_[1]->read(0);
    }
  }

  void get_constant() {
    int& constant = rule_ == Rule::once ? v : constant_;
    once_.call([&] { constant = 42; });
    use(constant);
  }

  const bool broken_;
  const Rule rule_;
  Random random_;
  std::array<int, 5> data_{};
  std::array<int, 8> results_{};
  int constant_ = 0;
  std::vector<std::unique_ptr<Guarded>> guarded_;
  std::array<Chan<Message>, 2> letters_;
  std::vector<std::vector<Step>> plans_;
  WaitGroup working_;
  Once once_;
  Gate other_had_its_turn_;
  Gate letter_was_read_;
};

void add_programs() {
  unsigned first = 1;
  unsigned last = 50;
  if (const char* const seeds = std::getenv("RANDOM_SEEDS")) { std::sscanf(seeds, "%u-%u", &first, &last); }
  for (unsigned seed = first; seed <= last; ++seed) {
    const std::string number = std::to_string(seed);
    const auto run = [seed](bool broken) { RandomProgram(seed, broken).run(); };
    conformance::cases().push_back({"norace_random_" + number, "", "nothing", [run] { run(false); }});
    conformance::cases().push_back({"race_random_" + number, "", "data-race object=v", [run] { run(true); }});
  }
}
const bool added = (add_programs(), true);

}  // namespace
