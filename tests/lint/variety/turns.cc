// Loops that wait for what only their later turns would do, or that never wait again.
#include "common.h"

// ---- wg-wait-in-spawn-loop ----------------------------------------------------------------------------

namespace wg_wait_in_spawn_loop {
void wrong_counted(int n) {
  WaitGroup all;
  all.add(n);
  for (int i = 0; i < n; ++i) {
    go([&all, i] {
      use(i);
      all.done();
    });
    all.wait();  // expected-warning {{this waits in the first turn of the loop for tasks that later turns start [tenter-wg-wait-in-spawn-loop]}}
  }
}
void right_counted(int n) {
  WaitGroup all;
  all.add(n);
  for (int i = 0; i < n; ++i)
    go([&all, i] {
      use(i);
      all.done();
    });
  all.wait();
}
void wrong_range(const std::vector<std::string>& lines) {
  WaitGroup all;
  all.add(static_cast<int>(lines.size()));
  for (const std::string& line : lines) {
    go([&all, line] {
      Defer done([&] { all.done(); });
      log(line);
    });
    all.wait();  // expected-warning {{[tenter-wg-wait-in-spawn-loop]}}
  }
}
void right_range(const std::vector<std::string>& lines) {
  WaitGroup all;
  all.add(static_cast<int>(lines.size()));
  for (const std::string& line : lines)
    go([&all, line] {
      Defer done([&] { all.done(); });
      log(line);
    });
  all.wait();
}
void wrong_constant() {
  WaitGroup all;
  all.add(3);
  for (int i = 0; i < 3; ++i) {
    go([&] { all.done(); });
    all.wait();  // expected-warning {{[tenter-wg-wait-in-spawn-loop]}}
  }
}
void right_one_each_turn(int n) {
  WaitGroup all;
  for (int i = 0; i < n; ++i) {
    all.add(1);
    go([&] { all.done(); });
    all.wait();
  }
}
void wrong_while(int n) {
  WaitGroup all;
  all.add(n);
  while (n-- > 0) {
    go([&] { all.done(); });
    all.wait();  // expected-warning {{[tenter-wg-wait-in-spawn-loop]}}
  }
}
void wrong_do(int n) {
  WaitGroup all;
  all.add(n);
  do {
    go([&] { all.done(); });
    all.wait();  // expected-warning {{[tenter-wg-wait-in-spawn-loop]}}
  } while (--n > 0);
}
struct Pool {
  WaitGroup busy_;
  void wrong_member(int n) {
    busy_.add(n);
    for (int i = 0; i < n; ++i) {
      go([this] { busy_.done(); });
      busy_.wait();  // expected-warning {{[tenter-wg-wait-in-spawn-loop]}}
    }
  }
  void right_member(int n) {
    busy_.add(n);
    for (int i = 0; i < n; ++i) go([this] { busy_.done(); });
    busy_.wait();
  }
};
void wrong_reference(WaitGroup& all, int n) {
  all.add(n);
  for (int i = 0; i < n; ++i) {
    go([&all] { all.done(); });
    all.wait();  // expected-warning {{[tenter-wg-wait-in-spawn-loop]}}
  }
}
void wrong_threads(int n) {
  WaitGroup all;
  all.add(n);
  for (int i = 0; i < n; ++i) {
    std::thread worker([&all] { all.done(); });
    worker.detach();
    all.wait();  // expected-warning {{[tenter-wg-wait-in-spawn-loop]}}
  }
}
void wrong_work_first(int n) {
  WaitGroup all;
  all.add(n);
  for (int i = 0; i < n; ++i) {
    const int part = compute(i);
    go([&all, part] {
      use(part);
      all.done();
    });
    log("started");
    all.wait();  // expected-warning {{[tenter-wg-wait-in-spawn-loop]}}
  }
}
void wrong_in_a_task(int n) {
  go([n] {
    WaitGroup all;
    all.add(n);
    for (int i = 0; i < n; ++i) {
      go([&all] { all.done(); });
      all.wait();  // expected-warning {{[tenter-wg-wait-in-spawn-loop]}}
    }
  });
}
void wrong_nested(int n) {
  WaitGroup all;
  all.add(n * n);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) {
      go([&all] { all.done(); });
      all.wait();  // expected-warning {{[tenter-wg-wait-in-spawn-loop]}}
    }
}
void right_added_one(int n) {
  WaitGroup all;
  all.add(1);
  for (int i = 0; i < n; ++i) {
    go([&] { all.done(); });
    all.wait();
  }
}
void right_only_at_the_end(int n) {
  WaitGroup all;
  all.add(n);
  for (int i = 0; i < n; ++i) {
    go([&] { all.done(); });
    if (i == n - 1) all.wait();
  }
}
void right_by_go(int n) {
  WaitGroup all;
  for (int i = 0; i < n; ++i) {
    all.go([] { compute(); });
    all.wait();
  }
}
void right_two_loops(int n) {
  WaitGroup all;
  for (int round = 0; round < 2; ++round) {
    all.add(n);
    for (int i = 0; i < n; ++i) go([&] { all.done(); });
    all.wait();
  }
}
void right_several_tasks_a_turn(int n) {
  WaitGroup all;
  all.add(n);
  for (int turn = 0; turn < 1; ++turn) {
    for (int i = 0; i < n; ++i) go([&] { all.done(); });
    all.wait();
  }
}
void right_others_are_done(int n) {
  WaitGroup all;
  all.add(n);
  go([&, n] {
    for (int i = 1; i < n; ++i) all.done();
  });
  for (int i = 0; i < 1; ++i) {
    go([&] { all.done(); });
    all.wait();
  }
}
void join_in(WaitGroup& all);
void right_given_away(int n) {
  WaitGroup all;
  all.add(n);
  for (int i = 0; i < n; ++i) {
    join_in(all);
    go([&] { all.done(); });
    all.wait();
  }
}
}  // namespace wg_wait_in_spawn_loop

// ---- select-closed-spin -------------------------------------------------------------------------------

namespace select_closed_spin {
void wrong_closed_by_task(RecvChan<int> other) {
  auto in = make_chan<int>();
  go([in] {
    in.send(1);
    in.close();
  });
  for (;;) {
    select(on_recv(in, [](int v) { use(v); }),  // expected-warning {{this loop does not see that 'in' is closed, and turns without waiting from then on [tenter-select-closed-spin]}}
           on_recv(other, [](int v) { use(v); }));
  }
}
void right_tells(RecvChan<int> other) {
  auto in = make_chan<int>();
  go([in] {
    in.send(1);
    in.close();
  });
  bool open = true;
  while (open)
    select(on_recv(in, [&](std::optional<int> v) { open = v.has_value(); }), on_recv(other, [](int v) { use(v); }));
}
void wrong_while(RecvChan<int> other) {
  auto in = make_chan<int>();
  go([in] { in.close(); });
  while (true) select(on_recv(in), on_recv(other));  // expected-warning {{'in'}}
}
void wrong_switch(RecvChan<int> other) {
  auto in = make_chan<Unit>();
  go([in] { in.close(); });
  for (;;) switch (select(on_recv(in), on_recv(other))) {  // expected-warning {{'in'}}
      case 0: log("in"); break;
      default: log("other");
    }
}
void right_switch(RecvChan<int> other) {
  auto in = make_chan<Unit>();
  go([in] { in.close(); });
  for (;;) switch (select(on_recv(in), on_recv(other))) {
      case 0: return;
      default: log("other");
    }
}
void wrong_closed_before(RecvChan<int> other) {
  auto in = make_chan<int>(1);
  in.send(1);
  in.close();
  for (;;) select(on_recv(in, [](int v) { use(v); }), on_recv(other));  // expected-warning {{'in'}}
}
void wrong_counts_only(RecvChan<int> other) {
  auto in = make_chan<int>();
  go([in] { in.close(); });
  int turns = 0;
  for (;;) select(on_recv(in, [&] { ++turns; }), on_recv(other));  // expected-warning {{'in'}}
}
void wrong_alone() {
  auto in = make_chan<int>();
  go([in] {
    for (int i = 0; i < 3; ++i) in.send(i);
    in.close();
  });
  for (;;) select(on_recv(in, [](int v) { use(v); }));  // expected-warning {{'in'}}
}
void wrong_thread(RecvChan<int> other) {
  auto in = make_chan<int>();
  std::thread([in] { in.close(); }).detach();
  for (;;) select(on_recv(in), on_recv(other));  // expected-warning {{'in'}}
}
void wrong_do(RecvChan<int> other) {
  auto in = make_chan<int>();
  go([in] { in.close(); });
  do {
    select(on_recv(in), on_recv(other));  // expected-warning {{'in'}}
  } while (true);
}
void finish(SendChan<int> out) { out.close(); }
void wrong_closed_by_function(RecvChan<int> other) {
  auto in = make_chan<int>();
  finish(in);
  for (;;) select(on_recv(in), on_recv(other));  // expected-warning {{'in'}}
}
void wrong_in_a_task(RecvChan<int> other) {
  go([other] {
    auto in = make_chan<int>();
    go([in] { in.close(); });
    for (;;) select(on_recv(in), on_recv(other));  // expected-warning {{'in'}}
  });
}
void wrong_logs(RecvChan<int> other) {
  auto in = make_chan<int>();
  go([in] { in.close(); });
  for (;;) {
    log("turn");
    select(on_recv(in, [] { log("in"); }), on_recv(other));  // expected-warning {{'in'}}
  }
}
void right_never_closed(RecvChan<int> in, RecvChan<int> other) {
  for (;;) select(on_recv(in, [](int v) { use(v); }), on_recv(other));
}
void right_set_to_nil(RecvChan<int> other) {
  RecvChan<int> in;
  auto made = make_chan<int>();
  in = made;
  go([made] { made.close(); });
  for (;;)
    select(on_recv(in, [&](std::optional<int> v) {
             if (!v) in = {};
           }),
           on_recv(other));
}
void right_closed_on_a_path(RecvChan<int> other, bool end) {
  auto in = make_chan<int>();
  go([in, end] {
    if (end) in.close();
  });
  for (;;) select(on_recv(in), on_recv(other));
}
void right_flag(RecvChan<int> other) {
  auto quit = make_chan<Unit>();
  go([quit] { quit.close(); });
  bool done = false;
  while (!done) select(on_recv(quit, [&] { done = true; }), on_recv(other));
}
void right_flag_inside(RecvChan<int> other) {
  auto quit = make_chan<Unit>();
  go([quit] { quit.close(); });
  bool done = false;
  for (;;) {
    select(on_recv(quit, [&] { done = true; }), on_recv(other));
    if (done) return;
  }
}
void right_left_by_another(RecvChan<int> stop) {
  auto in = make_chan<int>();
  go([in] { in.close(); });
  for (;;)
    if (select(on_recv(in), on_recv(stop)) == 1) return;
}
void right_throws(RecvChan<int> other) {
  auto quit = make_chan<Unit>();
  go([quit] { quit.close(); });
  for (;;) select(on_recv(quit, [] { throw std::runtime_error("quit"); }), on_recv(other));
}
void right_counted(RecvChan<int> other) {
  auto in = make_chan<int>();
  go([in] { in.close(); });
  for (int i = 0; i < 3; ++i) select(on_recv(in), on_recv(other));
}
void right_if(RecvChan<int> other) {
  auto quit = make_chan<Unit>();
  go([quit] { quit.close(); });
  for (;;)
    if (select(on_recv(quit), on_recv(other)) == 0) return;
}
}  // namespace select_closed_spin
