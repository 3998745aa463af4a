// The edges of timers: what the caller did comes before the function that a timer calls; a timer that fires orders nothing.
// The verdicts of the cases of after_func are those of Go's own race detector for the tests of the same meaning
// (runtime/race/testdata/sync_test.go of Go 1.19).
#include "cases.h"

using std::chrono::microseconds;

CASE(norace_after_func, "S112", "nothing") {
  auto done = make_chan<int>();
  v = 1;
  const Timer timer = after_func(microseconds(10), [&] {
    v = 2;
    done.send(1);
  });
  done.recv();
  v = 3;
  finish();
}

CASE(norace_after_func_nested, "S112", "nothing") {
  auto done = make_chan<int>();
  v = 1;
  const Timer first = after_func(microseconds(10), [&] {
    v = 2;
    const Timer second = after_func(microseconds(10), [&] {
      v = 3;
      done.send(1);
    });
  });
  done.recv();
  v = 4;
  finish();
}

CASE(norace_after_func_captured, "S112", "nothing") {
  auto done = make_chan<int>(1);
  const std::string text(100, 'a');
  const Timer timer = after_func(microseconds(10), [done, mine = text + "b"]() mutable {
    mine += 'c';
    done.send(static_cast<int>(mine.size()));
  });
  use(done.recv().value());
  finish();
}

CASE(race_after_func, "S112", "data-race object=v") {
  auto done = make_chan<int>(1);
  const Timer timer = after_func(microseconds(10), [&] {
    v = 1;
    done.send(1);
  });
  v = 2;
  done.recv();
  finish();
}

CASE(race_after_func_two_of_them, "S112", "data-race object=v") {
  auto done = make_chan<int>(2);
  const auto write = [&] {
    v = 1;
    done.send(1);
  };
  const Timer first = after_func(microseconds(10), write);
  const Timer second = after_func(microseconds(20), write);
  done.recv();
  done.recv();
  finish();
}

CASE(norace_after_func_rearmed, "S110 S112", "nothing") {
  auto done = make_chan<int>();
  v = 1;
  Timer timer = after_func(microseconds(10), [&] {
    ++v;
    done.send(1);
  });
  for (int turn = 0; turn < 3; ++turn) {
    done.recv();
    ++v;
    if (turn < 2) { timer.reset(microseconds(10)); }
  }
  finish();
}

CASE(norace_after_func_stopped, "S109 S111", "nothing") {
  v = 1;
  Timer timer = after_func(std::chrono::hours(1), [] { v = 2; });
  if (timer.stop()) { v = 3; }
  finish();
}

// A sleep or a timer that ends lets nobody know what others did meanwhile.
CASE(race_timer_orders_nothing, "S117", "data-race object=v") {
  Gate written;
  start([&] {
    v = 1;
    written.open();
  });
  pass(written);
  after(microseconds(10)).recv();
  v = 2;
  finish();
}

CASE(race_timer_reset_by_another, "S117", "data-race object=v") {
  Timer timer(std::chrono::hours(1));
  const RecvChan<TimePoint> fired = timer.channel();
  start([&] {
    v = 1;
    timer.reset(microseconds(10));
  });
  fired.recv();
  v = 2;
  finish();
}

CASE(race_ticker_orders_nothing, "S114 S117", "data-race object=v") {
  Ticker ticker(microseconds(100));
  const RecvChan<TimePoint> ticks = ticker.channel();
  Gate written;
  start([&] {
    ticks.recv();
    v = 1;
    written.open();
  });
  pass(written);
  ticks.recv();
  v = 2;
  ticker.stop();
  finish();
}

// Two who receive from one timer channel are ordered by what they do besides, and not by the channel.
CASE(race_ticker_two_receivers, "S114", "data-race object=v") {
  Ticker ticker(microseconds(100));
  const RecvChan<TimePoint> ticks = ticker.channel();
  for (int i = 0; i < 2; ++i) {
    start([&] {
      for (int turn = 0; turn < 3; ++turn) {
        ticks.recv();
        ++v;
      }
    });
  }
  finish();
  ticker.stop();
}

CASE(norace_timer_in_select, "S053 S057", "nothing") {
  auto answers = make_chan<int>();
  start([&] {
    v = 1;
    answers.send(1);
  });
  for (bool answered = false; !answered;) {
    select(on_recv(answers, [&] { answered = true; }), on_recv(after(microseconds(50))));
  }
  v = 2;
  finish();
}

CASE(race_timer_in_select, "S054 S057", "data-race object=v") {
  auto answers = make_chan<int>(1);
  Gate written;
  start([&] {
    v = 1;
    written.open();
  });
  pass(written);
  const std::size_t chosen = select(on_recv(answers), on_recv(after(microseconds(10))));
  if (chosen == 1) { v = 2; }
  finish();
}
