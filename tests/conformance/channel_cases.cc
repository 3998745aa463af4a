// The edges of channels. The verdicts of the cases up to "mutual exclusion" are those of Go's own race detector for the
// tests of the same meaning (runtime/race/testdata/chan_test.go of Go 1.19).
#include <memory>
#include <string>

#include "cases.h"

// ---- send and receive ------------------------------------------------------------------------------------------------

CASE(norace_chan_sync, "S011", "nothing") {
  auto c = make_chan<int>();
  start([&] {
    v = 1;
    c.send(0);
  });
  c.recv();
  v = 2;
  finish();
}

CASE(norace_chan_sync_reverse, "S012", "nothing") {
  auto c = make_chan<int>();
  start([&] {
    v = 1;
    c.recv();
  });
  c.send(0);
  v = 2;
  finish();
}

CASE(norace_chan_sync_reverse_parked, "S012 S021", "nothing") {
  auto c = make_chan<int>();
  Gate going;
  start([&] {
    v = 1;
    going.open();
    c.recv();
  });
  pass(going);
  let_others_run();
  c.send(0);
  v = 2;
  finish();
}

CASE(race_chan_sync_after_send, "S011", "data-race object=v") {
  auto c = make_chan<int>();
  start([&] {
    c.send(0);
    v = 1;
  });
  c.recv();
  v = 2;
  finish();
}

CASE(norace_chan_async, "S013", "nothing") {
  auto c = make_chan<int>(10);
  start([&] {
    v = 1;
    c.send(0);
  });
  c.recv();
  v = 2;
  finish();
}

CASE(race_chan_async_after_send, "S013", "data-race object=v") {
  auto c = make_chan<int>(10);
  start([&] {
    c.send(0);
    v = 1;
  });
  c.recv();
  v = 2;
  finish();
}

CASE(race_chan_async_reverse, "S014", "data-race object=v") {
  auto c = make_chan<int>(10);
  start([&] {
    v = 1;
    c.recv();
  });
  c.send(0);
  v = 2;
  finish();
}

CASE(race_chan_async_reverse_capacity_one, "S014 S022", "data-race object=v") {
  auto c = make_chan<int>(1);
  Gate going;
  start([&] {
    v = 1;
    going.open();
    c.recv();  // parked, so that the value goes past the buffer
  });
  pass(going);
  let_others_run();
  c.send(0);
  v = 2;
  finish();
}

CASE(norace_chan_pointer, "S026", "nothing") {
  struct Pair {
    int x = 0;
    int y = 0;
  };
  auto c = make_chan<Pair*>();
  start([&] {
    auto* const pair = new Pair;
    pair->x = 1;
    c.send(pair);
  });
  Pair* const pair = c.recv().value();
  ++pair->x;
  pair->y = 1;
  delete pair;
  finish();
}

CASE(race_chan_pointer_kept, "S026", "data-race") {
  auto c = make_chan<int*>();
  start([&] {
    auto* const number = new int(1);
    c.send(number);
    *number = 2;
  });
  int* const number = c.recv().value();
  *number = 3;
  finish();
  delete number;
}

CASE(norace_chan_move_only, "S013 S026", "nothing") {
  auto c = make_chan<std::unique_ptr<int>>(1);
  start([&] { c.send(std::make_unique<int>(1)); });
  auto number = c.recv().value();
  ++*number;
  finish();
}

CASE(norace_chan_strings, "S013 S019", "nothing") {
  auto c = make_chan<std::string>(2);
  start([&] {
    for (int i = 0; i < 6; ++i) { c.send(std::string(100, static_cast<char>('a' + i))); }
    c.close();
  });
  std::size_t total = 0;
  for (std::string& text : c) {
    text += '.';
    total += text.size();
  }
  use(static_cast<int>(total));
  finish();
}

CASE(norace_chan_large_values, "S013", "nothing") {
  using Block = std::array<int, 200>;
  auto c = make_chan<Block>(1);
  start([&] {
    for (int i = 0; i < 4; ++i) {
      Block block{};
      block.fill(i);
      c.send(block);
    }
  });
  for (int i = 0; i < 4; ++i) {
    Block block = c.recv().value();
    block[7] += 1;
    use(block[7]);
  }
  finish();
}

CASE(race_chan_wrong_send, "S027", "data-race object=v|w") {
  auto c = make_chan<int>(2);
  start([&] {
    v = 1;
    c.send(1);
  });
  start([&] {
    w = 2;
    c.send(2);
  });
  if (c.recv() == 1) {
    w = 3;
  } else {
    v = 3;
  }
  finish();
}

CASE(norace_chan_right_send, "S027", "nothing") {
  auto c = make_chan<int>(2);
  start([&] {
    v = 1;
    c.send(1);
  });
  start([&] {
    w = 2;
    c.send(2);
  });
  if (c.recv() == 1) {
    v = 3;
  } else {
    w = 3;
  }
  finish();
}

CASE(race_chan_send_send, "S028", "data-race object=v; data-race object=w") {
  auto c = make_chan<int>(1);
  start([&] {
    v = 1;
    c.try_send(1);
    w = 1;
  });
  start([&] {
    w = 2;
    c.try_send(2);
    v = 2;
  });
  finish();
}

CASE(race_chan_failed_try_send, "S028", "data-race object=v") {
  auto c = make_chan<int>(1);
  Gate full;
  start([&] {
    v = 1;
    c.send(1);
    full.open();
  });
  pass(full);
  c.try_send(2);
  v = 2;
  finish();
}

CASE(race_chan_failed_try_recv, "S042 S056", "data-race object=v") {
  auto c = make_chan<int>(1);
  c.send(1);
  Gate empty;
  start([&] {
    v = 1;
    c.recv();
    empty.open();
  });
  pass(empty);
  c.try_recv();
  v = 2;
  finish();
}

CASE(norace_chan_try_recv, "S013", "nothing") {
  auto c = make_chan<int>(1);
  start([&] {
    v = 1;
    c.send(1);
  });
  while (!c.try_recv().value) { yield(); }
  v = 2;
  finish();
}

CASE(norace_chan_try_send_to_parked, "S012 S056", "nothing") {
  auto c = make_chan<int>();
  start([&] {
    v = 1;
    c.recv();
  });
  while (!c.try_send(1)) { yield(); }
  v = 2;
  finish();
}

CASE(race_chan_read_for_send_sync, "S025", "data-race object=v") {
  auto c1 = make_chan<int>();
  auto c2 = make_chan<int>();
  start([&] { c1.recv(); });
  start([&] { c2.send(42); });
  start([&] { c1.send(v); });
  v = c2.recv().value();
  finish();
}

CASE(race_chan_read_for_send_async, "S025", "data-race object=v") {
  auto c1 = make_chan<int>(10);
  auto c2 = make_chan<int>(10);
  c2.send(10);
  start([&] { c1.send(v); });
  v = c2.recv().value();
  finish();
}

CASE(norace_chan_read_for_send_async, "S025", "nothing") {
  auto c1 = make_chan<int>(10);
  auto c2 = make_chan<int>(10);
  start([&] {
    c1.send(v);
    c2.send(1);
  });
  v = c2.recv().value();
  finish();
}

CASE(norace_chan_producer_consumer, "S011", "nothing") {
  auto jobs = make_chan<int*>();
  auto answers = make_chan<int>();
  start([&] {
    int sum = 0;
    for (int* job : jobs) {
      sum += ++*job;
      delete job;
    }
    answers.send(sum);
  });
  for (int i = 0; i < 10; ++i) { jobs.send(new int(i)); }
  jobs.close();
  use(answers.recv().value());
  finish();
}

// ---- len and cap -----------------------------------------------------------------------------------------------------

CASE(race_chan_send_len, "S008", "data-race object=v") {
  auto c = make_chan<int>(10);
  start([&] {
    v = 1;
    c.send(1);
  });
  while (c.len() == 0) { yield(); }
  v = 2;
  finish();
}

CASE(race_chan_recv_len, "S008", "data-race object=v") {
  auto c = make_chan<int>(10);
  c.send(1);
  start([&] {
    v = 1;
    c.recv();
  });
  while (c.len() != 0) { yield(); }
  v = 2;
  finish();
}

CASE(norace_chan_close_len, "S009", "nothing") {
  auto c = make_chan<int>(10);
  start([&] { use(static_cast<int>(c.len())); });
  c.send(1);
  c.close();
  finish();
}

CASE(norace_chan_close_cap, "S009", "nothing") {
  auto c = make_chan<int>(10);
  start([&] { use(static_cast<int>(c.cap())); });
  c.send(1);
  c.close();
  finish();
}

// ---- close -----------------------------------------------------------------------------------------------------------

CASE(norace_chan_sync_close_recv, "S033", "nothing") {
  auto c = make_chan<int>();
  start([&] {
    v = 1;
    c.close();
  });
  c.recv();
  v = 2;
  finish();
}

CASE(norace_chan_sync_close_try_recv, "S033", "nothing") {
  auto c = make_chan<int>();
  start([&] {
    v = 1;
    c.close();
  });
  while (!c.try_recv().closed) { yield(); }
  v = 2;
  finish();
}

CASE(norace_chan_sync_close_range, "S033 S038", "nothing") {
  auto c = make_chan<int>();
  start([&] {
    v = 1;
    c.close();
  });
  for (int value : c) { use(value); }
  v = 2;
  finish();
}

CASE(norace_chan_async_close_recv, "S033", "nothing") {
  auto c = make_chan<int>(10);
  start([&] {
    v = 1;
    c.close();
  });
  c.recv();
  v = 2;
  finish();
}

CASE(norace_chan_async_close_try_recv, "S033", "nothing") {
  auto c = make_chan<int>(10);
  start([&] {
    v = 1;
    c.close();
  });
  while (!c.try_recv().closed) { yield(); }
  v = 2;
  finish();
}

CASE(norace_chan_async_close_range, "S031 S033 S038", "nothing") {
  auto c = make_chan<int>(10);
  start([&] {
    c.send(1);
    v = 1;
    c.close();
  });
  for (int value : c) { use(value); }
  v = 2;
  finish();
}

CASE(race_chan_value_before_close, "S033", "data-race object=v") {
  auto c = make_chan<int>(10);
  c.send(1);
  Gate closed;
  start([&] {
    v = 1;
    c.close();
    closed.open();
  });
  pass(closed);
  c.recv();  // the value: it did not come because of the close
  v = 2;
  finish();
}

CASE(norace_chan_close_wakes_all, "S032 S033", "nothing") {
  auto c = make_chan<int>();
  for (int i = 0; i < 3; ++i) {
    start([&] {
      c.recv();
      use(v);
    });
  }
  let_others_run();
  v = 1;
  c.close();
  finish();
}

CASE(race_chan_close_orders_no_receivers, "S033", "data-race object=v") {
  auto c = make_chan<int>();
  for (int i = 0; i < 2; ++i) {
    start([&] {
      c.recv();
      ++v;
    });
  }
  c.close();
  finish();
}

CASE(norace_chan_close_seen_by_select, "S033", "nothing") {
  auto written = make_chan<int>();
  auto read = make_chan<int>();
  start([&] {
    bool seen = false;
    while (!seen) {
      select(on_recv(written, [&] {
               use(v);
               seen = true;
             }),
             otherwise([] { yield(); }));
    }
    read.close();
  });
  start([&] {
    v = 1;
    written.close();
  });
  read.recv();
  finish();
}

CASE(race_chan_sync_close_send, "S034", "data-race object=v; send-on-closed-channel") {
  auto c = make_chan<int>();
  start([&] {
    v = 1;
    c.close();
  });
  try {
    c.send(1);
  } catch (const ClosedChannelError&) { v = 2; }
  finish();
}

CASE(race_chan_async_close_send, "S034", "data-race object=v; send-on-closed-channel+") {
  auto c = make_chan<int>(3);
  start([&] {
    v = 1;
    c.close();
  });
  try {
    for (;;) { c.send(1); }
  } catch (const ClosedChannelError&) { v = 2; }
  finish();
}

CASE(race_chan_close_close, "S034", "data-race object=v; data-race object=w; close-of-closed-channel") {
  auto c = make_chan<int>();
  start([&] {
    v = 1;
    try {
      c.close();
    } catch (const ClosedChannelError&) {}
    w = 1;
  });
  start([&] {
    w = 2;
    try {
      c.close();
    } catch (const ClosedChannelError&) {}
    v = 2;
  });
  finish();
}

CASE(race_chan_wrong_close, "S027 S033", "data-race object=v|w") {
  auto c1 = make_chan<int>();
  auto c2 = make_chan<int>();
  start([&] {
    v = 1;
    c1.close();
  });
  start([&] {
    w = 1;
    c2.close();
  });
  select(on_recv(c1, [] { w = 2; }), on_recv(c2, [] { v = 2; }));
  finish();
}

CASE(misuse_chan_send_close, "S035", "send-on-closed-channel certainty=predicted") {
  auto c = make_chan<int>(1);
  Gate sent;
  start([&] {
    c.send(1);
    sent.open();
  });
  pass(sent);
  c.close();
  finish();
}

CASE(misuse_chan_close_send, "S035", "send-on-closed-channel certainty=predicted") {
  auto c = make_chan<int>(10);
  Gate sent;
  start([&] {
    pass(sent);
    c.close();
  });
  c.send(1);
  sent.open();
  finish();
}

CASE(misuse_chan_send_select_close, "S035", "send-on-closed-channel certainty=predicted") {
  auto c = make_chan<int>(1);
  Gate sent;
  start([&] {
    select(on_send(c, 1), otherwise());
    sent.open();
  });
  pass(sent);
  c.close();
  finish();
}

CASE(norace_chan_send_before_close, "S035", "nothing") {
  auto c = make_chan<int>(1);
  auto sent = make_chan<int>();
  start([&] {
    c.send(1);
    sent.send(1);
  });
  sent.recv();
  c.close();
  finish();
}

CASE(norace_chan_close_after_receiving_all, "S035", "nothing") {
  auto c = make_chan<int>(1);
  for (int i = 0; i < 3; ++i) {
    start([&] { c.send(1); });
  }
  for (int i = 0; i < 3; ++i) { c.recv(); }
  c.close();
  finish();
}

CASE(norace_chan_close_by_the_last, "S035 S090", "nothing") {
  auto c = make_chan<int>(3);
  WaitGroup senders;
  senders.add(3);
  for (int i = 0; i < 3; ++i) {
    start([&] {
      c.send(1);
      senders.done();
    });
  }
  start([&] {
    senders.wait();
    c.close();
  });
  for (int value : c) { use(value); }
  finish();
}

// ---- the variable that holds the handle ----------------------------------------------------------------------------------

template <class F>
static void replace_after(F operation) {
  current = make_chan<int>(1);
  Gate used;
  start([&] {
    operation();
    used.open();
  });
  pass(used);
  current = Chan<int>();
  finish();
}

CASE(race_chan_itself_send, "S010", "data-race object=current") {
  replace_after([] { current.send(1); });
}
CASE(race_chan_itself_recv, "S010", "data-race object=current") {
  replace_after([] { current.try_recv(); });
}
CASE(race_chan_itself_nil, "S010", "data-race object=current") {
  replace_after([] { use(current.is_nil()); });
}
CASE(race_chan_itself_close, "S010", "data-race object=current") {
  replace_after([] { current.close(); });
}
CASE(race_chan_itself_len, "S010", "data-race object=current") {
  replace_after([] { use(static_cast<int>(current.len())); });
}
CASE(race_chan_itself_cap, "S010", "data-race object=current") {
  replace_after([] { use(static_cast<int>(current.cap())); });
}
CASE(race_chan_itself_copied, "S006 S010", "data-race object=current") {
  replace_after([] {
    const Chan<int> copy = current;
    copy.send(1);
  });
}

CASE(norace_chan_itself_copied_before, "S006 S010", "nothing") {
  current = make_chan<int>(1);
  start([copy = current] { copy.send(1); });
  current = Chan<int>();
  finish();
}

CASE(norace_chan_itself_replaced_in_order, "S010", "nothing") {
  current = make_chan<int>();
  start([] {
    current.recv();
    current = make_chan<int>(1);
  });
  const Chan<int> first = current;
  first.send(1);
  finish();
  current = Chan<int>();
}

// ---- mutual exclusion and counting ---------------------------------------------------------------------------------------

CASE(norace_chan_mutex, "S015", "nothing") {
  auto mutex = make_chan<int>(1);
  start([&] {
    mutex.send(1);
    v = 42;
    mutex.recv();
  });
  mutex.send(1);
  v = 43;
  mutex.recv();
  finish();
}

CASE(norace_chan_mutex_of_units, "S015 S018", "nothing") {
  auto mutex = make_chan<Unit>(1);
  for (int i = 0; i < 3; ++i) {
    start([&] {
      mutex.send({});
      ++v;
      mutex.recv();
    });
  }
  finish();
}

CASE(norace_chan_select_mutex, "S015 S053", "nothing") {
  auto mutex = make_chan<int>(1);
  auto never = make_chan<int>();
  const auto increment = [&] {
    select(on_send(mutex, 1), on_recv(never));
    ++v;
    select(on_recv(mutex), on_recv(never));
  };
  start(increment);
  increment();
  finish();
}

CASE(race_chan_semaphore_of_two, "S016", "data-race object=v") {
  auto semaphore = make_chan<int>(2);
  start([&] {
    semaphore.send(1);
    v = 42;
    semaphore.recv();
  });
  semaphore.send(1);
  v = 43;
  semaphore.recv();
  finish();
}

CASE(norace_chan_wait_group, "S017", "nothing") {
  constexpr std::size_t jobs = 10;
  std::array<int, jobs> data{};
  auto running = make_chan<Unit>(jobs / 2);
  for (std::size_t i = 0; i < jobs; ++i) {
    running.send({});
    start([&, i] {
      data[i] = 42;
      running.recv();
    });
  }
  for (std::size_t i = 0; i < running.cap(); ++i) { running.send({}); }
  for (const int each : data) { use(each); }
  finish();
}

CASE(race_chan_wait_group_too_short, "S017", "data-race object=v|w") {
  auto running = make_chan<int>(2);
  for (int* const data : {&v, &w}) {
    running.send(1);
    start([&, data] {
      *data = 42;
      running.recv();
    });
  }
  running.send(1);  // follows the first receive only
  use(v);
  use(w);
  finish();
}

CASE(norace_chan_elements_of_size_zero, "S018", "nothing") {
  auto c = make_chan<Unit>(2);
  c.send({});
  c.send({});
  start([&] {
    ++v;
    c.recv();
  });
  start([&] {
    ++w;
    c.recv();
  });
  let_others_run();
  c.send({});
  c.send({});
  ++v;
  ++w;
  finish();
}

// Go's own detector keeps one clock for all places of such a channel, and misses this one.
CASE(race_chan_elements_of_size_zero, "S018", "data-race object=w") {
  auto c = make_chan<Unit>(2);
  c.send({});
  c.send({});
  Gate first;
  Gate second;
  start([&] {
    ++v;
    c.recv();
    first.open();
  });
  start([&] {
    pass(first);
    ++w;
    c.recv();
    second.open();
  });
  pass(second);
  c.send({});  // the third: it follows the first receive
  ++v;
  ++w;
  finish();
}

CASE(norace_chan_receive_frees_place, "S015", "nothing") {
  auto c = make_chan<int>(1);
  c.send(1);
  start([&] {
    c.send(2);  // waits until the first was received
    v = 2;
  });
  let_others_run();
  v = 1;
  c.recv();
  finish();
}

CASE(race_chan_receive_frees_other_place, "S015", "data-race object=v") {
  auto c = make_chan<int>(2);
  c.send(1);
  start([&] {
    c.send(2);  // there is room
    v = 2;
  });
  v = 1;
  c.recv();
  finish();
}

CASE(norace_chan_blocked_send, "S021", "nothing") {
  auto c = make_chan<int*>(1);
  c.send(nullptr);
  start([&] { c.send(new int(42)); });
  let_others_run();
  c.recv();
  int* const number = c.recv().value();
  use(*number);
  delete number;
  finish();
}

CASE(norace_chan_blocked_send_met_by_select, "S021 S053", "nothing") {
  auto c = make_chan<int*>(1);
  auto never = make_chan<int>();
  c.send(nullptr);
  start([&] { c.send(new int(42)); });
  let_others_run();
  select(on_recv(c, [](int*) {}), on_recv(never));
  int* number = nullptr;
  select(on_recv(c, [&](int* got) { number = got; }), on_recv(never));
  use(*number);
  delete number;
  finish();
}

CASE(norace_chan_blocked_select_send, "S021 S053", "nothing") {
  auto c = make_chan<int*>(1);
  auto never = make_chan<int>();
  c.send(nullptr);
  start([&] { select(on_send(c, new int(42)), on_recv(never)); });
  let_others_run();
  c.recv();
  int* const number = c.recv().value();
  use(*number);
  delete number;
  finish();
}

CASE(norace_chan_pipeline, "S011", "nothing") {
  auto numbers = make_chan<int*>();
  start([&] {
    for (int i = 2; i < 20; ++i) { numbers.send(new int(i)); }
    numbers.close();
  });
  std::array<Chan<int*>, 4> stages{numbers, make_chan<int*>(), make_chan<int*>(1), make_chan<int*>(2)};
  for (std::size_t i = 0; i + 1 < stages.size(); ++i) {
    start([in = stages[i], out = stages[i + 1]] {
      for (int* number : in) {
        ++*number;
        out.send(number);
      }
      out.close();
    });
  }
  int sum = 0;
  for (int* number : stages.back()) {
    sum += *number;
    delete number;
  }
  use(sum);
  finish();
}
