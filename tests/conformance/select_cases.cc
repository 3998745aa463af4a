// The edges of select: those of the operation that it chose, and no others. The verdicts of the first ten cases are those of
// Go's own race detector for the tests of the same meaning (runtime/race/testdata/select_test.go of Go 1.19).
#include "cases.h"

// ---- with what it has in common with Go's ------------------------------------------------------------------------------

CASE(norace_select_1, "S053", "nothing") {
  auto c = make_chan<int>();
  auto never = make_chan<int>();
  start([&] {
    v = 1;
    select(on_send(c, 1), on_send(never, 1));
  });
  select(on_recv(c), on_recv(never));
  v = 2;
  finish();
}

CASE(norace_select_2, "S053", "nothing") {
  auto c = make_chan<int>();
  auto never = make_chan<int>();
  start([&] {
    select(on_recv(c), on_recv(never));
    v = 1;
  });
  v = 2;
  c.send(1);
  finish();
}

CASE(norace_select_3, "S033 S053", "nothing") {
  auto c = make_chan<int>(10);
  auto never = make_chan<int>();
  start([&] {
    v = 1;
    select(on_send(c, 1), on_recv(never));
    c.close();
  });
  for (int value : c) { use(value); }
  v = 2;
  finish();
}

CASE(norace_select_4, "S040 S053", "nothing") {
  auto there = make_chan<int>();
  auto back = make_chan<int>();
  start([&] {
    for (int i = 0; i < 4; ++i) {
      ++v;
      select(on_send(there, 1), on_recv(back));
      select(on_recv(back), on_recv(back));
    }
  });
  for (int i = 0; i < 4; ++i) {
    select(on_recv(there), on_recv(there));
    ++v;
    select(on_send(back, 1), on_send(back, 2));
  }
  finish();
}

CASE(norace_select_5, "S042 S053", "nothing") {
  auto semaphore = make_chan<int>(1);
  const auto increment = [&] {
    while (select(on_send(semaphore, 1), otherwise()) == 1) { yield(); }
    ++v;
    while (select(on_recv(semaphore), otherwise()) == 1) { yield(); }
  };
  start(increment);
  increment();
  finish();
}

CASE(race_select_1, "S053", "data-race object=v") {
  auto c1 = make_chan<int>(2);
  auto c2 = make_chan<int>(2);
  start([&] {
    v = 1;
    select(on_send(c1, 1), on_send(c2, 1));
  });
  v = 2;
  select(on_recv(c1), on_recv(c2));
  finish();
}

CASE(race_select_2, "S053", "data-race object=v") {
  auto c = make_chan<int>();
  auto never = make_chan<int>();
  start([&] {
    select(on_recv(c), on_recv(never));
    v = 1;
  });
  c.send(1);
  v = 2;
  finish();
}

CASE(race_select_3, "S014 S053", "data-race object=v") {
  auto c = make_chan<int>(1);
  auto never = make_chan<int>();
  start([&] {
    v = 1;
    select(on_recv(c), on_recv(never));
  });
  c.send(1);
  v = 2;
  finish();
}

CASE(race_select_4, "S042", "data-race object=v") {
  auto c = make_chan<int>();
  start([&] {
    v = 1;
    select(on_recv(c), otherwise());
  });
  v = 2;
  select(on_recv(c), otherwise());
  finish();
}

CASE(race_select_5, "S054", "data-race object=v") {
  auto chosen = make_chan<int>(1);
  auto other = make_chan<int>();
  chosen.send(1);
  start([&] {
    v = 1;
    select(on_recv(chosen), on_recv(other));
  });
  v = 2;
  finish();
}

CASE(race_select_value_read_async, "S025 S041", "data-race object=v") {
  auto c1 = make_chan<int>(10);
  auto c2 = make_chan<int>(10);
  auto c3 = make_chan<int>(10);
  c3.send(1);
  start([&] { select(on_send(c1, v), on_send(c2, v)); });
  select(on_recv(c3, [](int value) { v = value; }));
  finish();
}

CASE(race_select_value_read_sync, "S025 S041", "data-race object=v") {
  auto c1 = make_chan<int>();
  auto c2 = make_chan<int>();
  auto c3 = make_chan<int>();
  start([&] { select(on_recv(c1), on_recv(c2)); });
  start([&] { c3.send(42); });
  start([&] { select(on_send(c1, v), on_send(c2, v)); });
  select(on_recv(c3, [](int value) { v = value; }));
  finish();
}

CASE(norace_select_value_read_async, "S025 S041", "nothing") {
  auto c1 = make_chan<int>(10);
  auto c2 = make_chan<int>(10);
  start([&] {
    select(on_send(c1, v));
    c2.send(1);
  });
  select(on_recv(c2, [](int value) { v = value; }));
  finish();
}

// The value of a case that is not chosen is read all the same.
CASE(race_select_value_of_case_not_chosen, "S041", "data-race object=v") {
  auto ready = make_chan<int>(1);
  auto full = make_chan<int>();
  start([&] { select(on_send(ready, 1), on_send(full, v)); });
  v = 1;
  finish();
}

// ---- what is chosen, and what is not ---------------------------------------------------------------------------------

CASE(race_select_case_not_chosen, "S054", "data-race object=v") {
  auto chosen = make_chan<int>(1);
  auto other = make_chan<int>(1);
  Gate sent;
  start([&] {
    v = 1;
    other.send(1);
    sent.open();
  });
  chosen.send(1);
  Chan<int> nil;
  pass(sent);
  // Only `chosen` can go ahead: `other` stands there as a send, and is full.
  select(on_recv(chosen), on_send(other, 2), on_recv(nil));
  v = 2;
  finish();
}

CASE(race_select_otherwise_beside_close, "S042", "data-race object=v") {
  auto c = make_chan<int>(1);
  Gate taken;
  c.send(1);
  start([&] {
    v = 1;
    c.recv();
    taken.open();
  });
  pass(taken);
  select(on_recv(c), otherwise());
  v = 2;
  finish();
}

CASE(norace_select_closed, "S033 S053", "nothing") {
  auto c = make_chan<int>();
  auto never = make_chan<int>();
  start([&] {
    v = 1;
    c.close();
  });
  select(on_recv(never), on_recv(c));
  v = 2;
  finish();
}

CASE(norace_select_closed_while_parked, "S032 S033", "nothing") {
  auto c = make_chan<int>();
  auto never = make_chan<int>();
  start([&] {
    select(on_recv(never), on_recv(c));
    use(v);
  });
  start([&] {
    select(on_recv(c), on_recv(never), on_recv(c));
    use(v);
  });
  let_others_run();
  v = 1;
  c.close();
  finish();
}

CASE(race_select_sender_woken_by_close, "S034 S047", "data-race object=v; send-on-closed-channel") {
  auto c = make_chan<int>();
  auto never = make_chan<int>();
  start([&] {
    try {
      select(on_send(c, 1), on_recv(never));
    } catch (const ClosedChannelError&) { v = 1; }
  });
  let_others_run();
  v = 2;
  c.close();
  finish();
}

CASE(norace_select_with_itself, "S045 S053", "nothing") {
  auto c = make_chan<int*>();
  const auto exchange = [&] {
    int* received = nullptr;
    int* const mine = new int(0);
    const std::size_t chosen = select(on_send(c, mine), on_recv(c, [&](int* other) { received = other; }));
    if (chosen == 1) {
      ++*received;
      delete received;
      delete mine;
    }
  };
  start(exchange);
  exchange();
  finish();
}

CASE(norace_select_between_selects, "S049 S050 S053", "nothing") {
  auto c1 = make_chan<int>();
  auto c2 = make_chan<int>();
  start([&] {
    for (int i = 0; i < 6; ++i) {
      ++v;
      select(on_send(c1, i), on_send(c2, i));
    }
    c1.close();
  });
  start([&] {
    bool open = true;
    while (open) {
      select(on_recv(c1, [&](std::optional<int> value) { open = value.has_value(); }), on_recv(c2));
    }
    ++v;
  });
  finish();
}

CASE(race_select_between_selects, "S014 S053", "data-race object=v") {
  auto c1 = make_chan<int>(1);
  auto c2 = make_chan<int>(1);
  start([&] {
    v = 1;
    select(on_recv(c1), on_recv(c2));
  });
  select(on_send(c1, 1), on_send(c2, 1));
  v = 2;
  finish();
}

CASE(norace_select_repeated_channel, "S040 S053", "nothing") {
  auto c = make_chan<int>();
  start([&] {
    v = 1;
    select(on_send(c, 1), on_send(c, 2), on_send(c, 3));
  });
  select(on_recv(c), on_recv(c));
  v = 2;
  finish();
}

CASE(norace_select_nil_case, "S048 S053", "nothing") {
  auto c = make_chan<int>();
  const Chan<int> nil;
  start([&] {
    v = 1;
    select(on_recv(nil), on_send(c, 1));
  });
  select(on_send(nil, 1), on_recv(c));
  v = 2;
  finish();
}

CASE(norace_select_handlers_run_after, "S053", "nothing") {
  auto c = make_chan<int>();
  auto done = make_chan<int>();
  start([&] {
    v = 1;
    select(on_send(c, 1, [&] { done.recv(); }));
    v = 3;
  });
  select(on_recv(c, [&](int) {
    v = 2;
    done.send(1);
  }));
  finish();
}

// ---- cases that are known at run time --------------------------------------------------------------------------------

CASE(norace_selector, "S053", "nothing") {
  std::vector<Chan<int>> sources{make_chan<int>(), make_chan<int>(1), make_chan<int>()};
  std::array<int, 3> data{};
  for (std::size_t i = 0; i < sources.size(); ++i) {
    start([&, i] {
      data[i] = 1;
      sources[i].send(static_cast<int>(i));
    });
  }
  Selector any;
  for (const Chan<int>& source : sources) {
    any.recv(source, [&](int i) { ++data[static_cast<std::size_t>(i)]; });
  }
  for (int i = 0; i < 3; ++i) { any.wait(); }
  finish();
}

CASE(race_selector, "S054", "data-race object=v|w") {
  auto c1 = make_chan<int>(1);
  auto c2 = make_chan<int>(1);
  start([&] {
    v = 1;
    c1.send(1);
  });
  start([&] {
    w = 1;
    c2.send(1);
  });
  Selector any;
  any.recv(c1, [] { w = 2; });
  any.recv(c2, [] { v = 2; });
  any.wait();
  finish();
}

CASE(norace_selector_send, "S053", "nothing") {
  auto c = make_chan<int>();
  start([&] {
    c.recv();
    v = 1;
    c.recv();
  });
  Selector out;
  out.send(c, 1);
  out.wait();
  out.wait();
  v = 2;
  finish();
}
