// Wait groups that are added to too late, or that a task forgets, in the shapes that programs have.
#include "common.h"

// ---- wg-add-in-task -----------------------------------------------------------------------------------

namespace wg_add_in_task {
void wrong_first_statement() {
  WaitGroup all;
  for (int i = 0; i < 3; ++i)
    go([&all, i] {
      all.add(1);  // expected-warning {{'all' is added to in the task, which may be after the wait [tenter-wg-add-in-task]}}
      use(i);
      all.done();
    });
  all.wait();
}
void wrong_after_some_work(const std::vector<std::string>& lines) {
  WaitGroup all;
  for (const std::string& line : lines)
    go([&all, line] {
      log(line);
      all.add();  // expected-warning {{[tenter-wg-add-in-task]}}
      Defer done([&] { all.done(); });
      parse(line);
    });
  all.wait();
}
void wrong_with_guard() {
  WaitGroup all;
  go([&] {
    all.add(1);  // expected-warning {{[tenter-wg-add-in-task]}}
    Defer done([&] { all.done(); });
    compute();
  });
  all.wait();
}
void join_in(WaitGroup& all) {
  all.add(1);  // expected-warning {{[tenter-wg-add-in-task]}}
  compute();
  all.done();
}
void wrong_in_a_function() {
  WaitGroup all;
  go([&] { join_in(all); });
  all.wait();
}
class Crawler {
 public:
  void wrong_start(int n) {
    for (int i = 0; i < n; ++i)
      go([this, i] {
        pending_.add(1);  // expected-warning {{'pending_' is added to in the task}}
        use(i);
        pending_.done();
      });
    pending_.wait();
  }
  void right_start(int n) {
    for (int i = 0; i < n; ++i) {
      pending_.add(1);
      go([this, i] {
        use(i);
        pending_.done();
      });
    }
    pending_.wait();
  }
  void right_all_at_once(int n) {
    pending_.add(n);
    for (int i = 0; i < n; ++i)
      go([this] {
        compute();
        pending_.done();
      });
    pending_.wait();
  }

 private:
  WaitGroup pending_;
};
void wrong_in_a_named_lambda() {
  WaitGroup all;
  const auto work = [&] {
    all.add(1);  // expected-warning {{[tenter-wg-add-in-task]}}
    compute();
    all.done();
  };
  go(work);
  go(work);
  all.wait();
}
void wrong_shared(std::shared_ptr<WaitGroup> all) {
  go([all] {
    all->add(1);  // expected-warning {{'all' is added to in the task}}
    compute();
    all->done();
  });
  all->wait();
}
void wrong_with_options() {
  WaitGroup all;
  go(TaskOptions{.name = "fetcher"}, [&] {
    all.add(1);  // expected-warning {{[tenter-wg-add-in-task]}}
    compute();
    all.done();
  });
  all.wait();
}
void wrong_in_a_thread() {
  WaitGroup all;
  std::thread thread([&] {
    all.add(1);  // expected-warning {{[tenter-wg-add-in-task]}}
    compute();
    all.done();
  });
  all.wait();
  thread.join();
}
void wrong_second_of_two(bool deep) {
  WaitGroup all;
  go([&, deep] {
    if (deep) log("deep");
    all.add(2);  // expected-warning {{[tenter-wg-add-in-task]}}
    compute();
    all.add(-2);
  });
  all.wait();
}
void right_before() {
  WaitGroup all;
  all.add(1);
  go([&] {
    compute();
    all.done();
  });
  all.wait();
}
void right_by_go(int n) {
  WaitGroup all;
  for (int i = 0; i < n; ++i) all.go([i] { use(i); });
  all.wait();
}
// The task is counted itself, so the group cannot come to zero in between.
void right_nested() {
  WaitGroup all;
  all.add(1);
  go([&] {
    for (int i = 0; i < 3; ++i) {
      all.add(1);
      go([&all] { all.done(); });
    }
    all.done();
  });
  all.wait();
}
void right_of_its_own() {
  go([] {
    WaitGroup own;
    own.add(1);
    go([&own] { own.done(); });
    own.wait();
  });
}
void right_told_before_the_wait() {
  WaitGroup all;
  auto started = make_chan<Unit>();
  all.add(1);
  go([&, started] {
    all.add(1);
    started.send({});
    all.done();
    all.done();
  });
  started.recv();
  all.wait();
}
void right_nested_by_go() {
  WaitGroup all;
  all.go([&] {
    all.add(1);
    go([&] { all.done(); });
  });
  all.wait();
}
void right_other_group() {
  WaitGroup all, others;
  all.add(1);
  go([&] {
    others.add(1);
    others.done();
    all.done();
  });
  all.wait();
}
void right_called_here() {
  WaitGroup all;
  const auto count = [&] { all.add(1); };
  count();
  go([&] { all.done(); });
  all.wait();
}
void right_nobody_waits(WaitGroup& all) {
  go([&] {
    all.add(1);
    all.done();
  });
}
}  // namespace wg_add_in_task

// ---- wg-done-missing ----------------------------------------------------------------------------------

namespace wg_done_missing {
void wrong_early_return(const std::string& line) {
  WaitGroup all;
  all.add(1);
  go([&all, line] {
    const auto parsed = parse(line);
    if (!parsed) return;  // expected-warning {{the task returns without the done() on 'all' [tenter-wg-done-missing]}}
    log(*parsed);
    all.done();
  });
  all.wait();
}
void right_early_return(const std::string& line) {
  WaitGroup all;
  all.add(1);
  go([&all, line] {
    Defer done([&] { all.done(); });
    const auto parsed = parse(line);
    if (!parsed) return;
    log(*parsed);
  });
  all.wait();
}
void wrong_in_a_loop(const std::vector<std::string>& lines) {
  WaitGroup all;
  for (const std::string& line : lines) {
    all.add(1);
    go([&all, line] {
      if (line.empty()) return;  // expected-warning {{[tenter-wg-done-missing]}}
      log(line);
      all.done();
    });
  }
  all.wait();
}
void right_in_a_loop(const std::vector<std::string>& lines) {
  WaitGroup all;
  for (const std::string& line : lines) {
    all.add(1);
    go([&all, line] {
      if (!line.empty()) log(line);
      all.done();
    });
  }
  all.wait();
}
void wrong_switch(int what) {
  WaitGroup all;
  all.add(1);
  go([&all, what] {
    switch (what) {
      case 0: use(0); break;
      case 1: all.done(); return;
      default: return;  // expected-warning {{[tenter-wg-done-missing]}}
    }
    all.done();
  });
  all.wait();
}
void right_switch(int what) {
  WaitGroup all;
  all.add(1);
  go([&all, what] {
    switch (what) {
      case 0: use(0); break;
      case 1: use(1); break;
      default: all.done(); return;
    }
    all.done();
  });
  all.wait();
}
void wrong_while(RecvChan<int> in) {
  WaitGroup all;
  all.add(1);
  go([&all, in] {
    while (auto value = in.recv()) {
      if (*value < 0) return;  // expected-warning {{[tenter-wg-done-missing]}}
      use(*value);
    }
    all.done();
  });
  all.wait();
}
void right_while(RecvChan<int> in) {
  WaitGroup all;
  all.add(1);
  go([&all, in] {
    while (auto value = in.recv()) {
      if (*value < 0) break;
      use(*value);
    }
    all.done();
  });
  all.wait();
}
class Pool {
 public:
  void wrong_submit(int job) {
    jobs_.add(1);
    go([this, job] {
      if (stopped_) return;  // expected-warning {{'jobs_'}}
      use(job);
      jobs_.done();
    });
  }
  void right_submit(int job) {
    jobs_.add(1);
    go([this, job] {
      if (!stopped_) use(job);
      jobs_.done();
    });
  }
  void right_delegated(int job) {
    jobs_.add(1);
    go([this, job] {
      use(job);
      finish();
    });
  }

 private:
  void finish() { jobs_.done(); }
  WaitGroup jobs_;
  bool stopped_ = false;
};
void wrong_two_returns(int n) {
  WaitGroup all;
  all.add(1);
  go([&all, n] {
    if (n < 0) return;  // expected-warning {{[tenter-wg-done-missing]}}
    if (n == 0) {
      all.done();
      return;
    }
    use(n);
    all.done();
  });
  all.wait();
}
void serve(WaitGroup& all, int n) {
  if (n == 0) return;  // expected-warning {{[tenter-wg-done-missing]}}
  use(n);
  all.done();
}
void wrong_in_another_function(int n) {
  WaitGroup all;
  all.add(1);
  go([&all, n] { serve(all, n); });
  all.wait();
}
void wrong_given_by_ref(int n) {
  WaitGroup all;
  all.add(1);
  go(serve, std::ref(all), n);
  all.wait();
}
void wrong_shared_group(std::shared_ptr<WaitGroup> all, bool skip) {
  all->add(1);
  go([all, skip] {
    if (skip) return;  // expected-warning {{[tenter-wg-done-missing]}}
    compute();
    all->done();
  });
}
void wrong_in_a_thread(bool skip) {
  WaitGroup all;
  all.add(1);
  std::thread thread([&all, skip] {
    if (skip) return;  // expected-warning {{[tenter-wg-done-missing]}}
    compute();
    all.done();
  });
  all.wait();
  thread.join();
}
void right_both_paths(bool fast) {
  WaitGroup all;
  all.add(1);
  go([&all, fast] {
    if (fast) {
      all.done();
      return;
    }
    compute();
    all.done();
  });
  all.wait();
}
void right_by_the_group(const std::string& line) {
  WaitGroup all;
  all.go([line] {
    if (line.empty()) return;
    log(line);
  });
  all.wait();
}
void right_last_one() {
  WaitGroup all;
  all.add(1);
  auto left = std::make_shared<std::atomic<int>>(3);
  for (int i = 0; i < 3; ++i)
    go([&all, left] {
      if (--*left == 0) all.done();
    });
  all.wait();
}
void right_nothing_added(WaitGroup& all, bool counted) {
  go([&all, counted] {
    if (!counted) return;
    all.done();
  });
}
}  // namespace wg_done_missing
