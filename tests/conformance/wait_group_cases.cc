// The edges of wait groups. The verdicts of the cases up to "WaitGroup::go" are those of Go's own race detector for the
// tests of the same meaning (runtime/race/testdata/waitgroup_test.go of Go 1.19); what Go reports there as a race on the
// group itself has a kind of its own here.
#include "cases.h"

CASE(norace_wait_group, "S090", "nothing") {
  WaitGroup group;
  for (int i = 0; i < 1; ++i) {
    group.add(1);
    start([&] {
      v = 1;
      group.done();
    });
  }
  group.wait();
  use(v);
  finish();
}

CASE(race_wait_group_two_writers, "S090 S094", "data-race object=v") {
  WaitGroup group;
  for (int i = 0; i < 2; ++i) {
    group.add(1);
    start([&, i] {
      v = i;
      group.done();
    });
  }
  group.wait();
  use(v);
  finish();
}

CASE(norace_wait_group_two_variables, "S090", "nothing") {
  WaitGroup group;
  group.add(2);
  for (int* const data : {&v, &w}) {
    start([&group, data] {
      *data = 1;
      group.done();
    });
  }
  group.wait();
  v = 2;
  w = 2;
  finish();
}

CASE(race_wait_group_after_done, "S090", "data-race object=v") {
  WaitGroup group;
  group.add(1);
  start([&] {
    group.done();
    v = 1;
  });
  group.wait();
  v = 2;
  finish();
}

CASE(race_wait_group_as_mutex, "S094", "data-race object=v; wait-group-misuse+") {
  WaitGroup group;
  std::array<Gate, 2> waited;
  for (std::size_t i = 0; i < 2; ++i) {
    start([&, i] {
      group.wait();
      waited[i].open();
      pass(waited[1 - i]);
      group.add(1);
      ++v;
      group.done();
    });
  }
  finish();
}

CASE(misuse_wait_group_wrong_wait, "S091", "wait-group-misuse") {
  WaitGroup group;
  Gate waited;
  start([&] {
    group.wait();
    waited.open();
  });
  pass(waited);
  group.add(1);
  group.done();
  finish();
}

CASE(misuse_wait_group_wrong_add, "S091", "wait-group-misuse") {
  WaitGroup group;
  Gate added;
  start([&] {
    group.add(1);
    added.open();
    group.done();
  });
  pass(added);
  group.wait();
  finish();
}

CASE(norace_wait_group_multiple_wait, "S090", "nothing") {
  WaitGroup group;
  auto told = make_chan<int>(1);
  group.add(1);
  start([&] {
    v = 1;
    group.done();
  });
  start([&] {
    group.wait();
    use(v);
    told.send(1);
  });
  group.wait();
  use(v);
  told.recv();
  v = 2;
  finish();
}

CASE(race_wait_group_waiters_are_unordered, "S090", "data-race object=v") {
  WaitGroup group;
  group.add(1);
  start([&] { group.done(); });
  for (int i = 0; i < 2; ++i) {
    start([&] {
      group.wait();
      ++v;
    });
  }
  finish();
}

CASE(norace_wait_group_multiple_wait_in_turn, "S090", "nothing") {
  WaitGroup group;
  group.add(1);
  start([&] {
    v = 1;
    group.done();
  });
  for (int i = 0; i < 3; ++i) {
    group.wait();
    use(v);
  }
  finish();
}

CASE(norace_wait_group_transitive, "S090", "nothing") {
  WaitGroup group;
  group.add(2);
  start([&] {
    v = 1;
    group.done();
  });
  start([&] {
    w = 1;
    group.done();
  });
  WaitGroup second;
  second.add(1);
  start([&] {
    group.wait();
    second.done();
  });
  second.wait();
  use(v);
  use(w);
  finish();
}

CASE(norace_wait_group_reuse, "S092", "nothing") {
  WaitGroup group;
  for (int round = 0; round < 3; ++round) {
    group.add(2);
    for (int* const data : {&v, &w}) {
      start([&group, data] {
        ++*data;
        group.done();
      });
    }
    group.wait();
    ++v;
    ++w;
  }
  finish();
}

CASE(norace_wait_group_reuse_after_all_waits, "S092", "nothing") {
  WaitGroup group;
  auto waited = make_chan<int>();
  group.add(1);
  start([&] { group.done(); });
  start([&] {
    group.wait();
    waited.send(1);
  });
  group.wait();
  waited.recv();
  group.add(1);
  start([&] {
    v = 1;
    group.done();
  });
  group.wait();
  use(v);
  finish();
}

CASE(misuse_wait_group_reuse, "S092", "wait-group-misuse") {
  WaitGroup group;
  Gate waited;
  group.add(1);
  start([&] { group.done(); });
  start([&] {
    group.wait();
    waited.open();
  });
  group.wait();
  pass(waited);
  group.add(1);  // that the other wait has returned is nothing that this task could know
  group.done();
  group.wait();
  finish();
}

CASE(norace_wait_group_concurrent_add, "S093", "nothing") {
  WaitGroup group;
  group.add(1);  // published: from here on the counter is not zero
  std::array<int, 4> data{};
  auto added = make_chan<int>();
  for (std::size_t i = 0; i < data.size(); ++i) {
    start([&, i] {
      group.add(1);
      data[i] = 1;
      added.send(1);
      group.done();
    });
  }
  for (std::size_t i = 0; i < data.size(); ++i) { added.recv(); }
  group.done();
  group.wait();
  for (const int each : data) { use(each); }
  finish();
}

CASE(norace_wait_group_add_told_through_channel, "S091", "nothing") {
  WaitGroup group;
  auto added = make_chan<int>();
  start([&] {
    group.add(1);
    added.send(1);
    v = 1;
    group.done();
  });
  added.recv();
  group.wait();
  v = 2;
  finish();
}

CASE(norace_wait_group_add_n_at_once, "S090", "nothing") {
  WaitGroup group;
  std::array<int, 5> data{};
  group.add(static_cast<int>(data.size()));
  for (int& each : data) {
    start([&group, &each] {
      each = 1;
      group.done();
    });
  }
  group.wait();
  for (const int each : data) { use(each); }
  finish();
}

CASE(norace_wait_group_negative_add_is_done, "S088 S090", "nothing") {
  WaitGroup group;
  group.add(2);
  start([&] {
    v = 1;
    group.add(-2);
  });
  group.wait();
  v = 2;
  finish();
}

CASE(norace_wait_group_done_before_a_throw, "S090", "nothing") {
  WaitGroup group;
  group.add(1);
  start([&] {
    try {
      v = 1;
      group.done();
      throw 1;
    } catch (int) {}
  });
  group.wait();
  v = 2;
  finish();
}

CASE(race_wait_group_write_in_handler_after_done, "S090", "data-race object=v") {
  WaitGroup group;
  group.add(1);
  start([&] {
    try {
      group.done();
      throw 1;
    } catch (int number) { v = number; }
  });
  group.wait();
  v = 2;
  finish();
}

// ---- WaitGroup::go -----------------------------------------------------------------------------------------------------

CASE(norace_wait_group_go, "S095", "nothing") {
  WaitGroup group;
  v = 1;
  group.go([] { ++v; });
  group.wait();
  ++v;
  finish();
}

CASE(race_wait_group_go, "S095", "data-race object=v") {
  WaitGroup group;
  group.go([] { v = 1; });
  v = 2;
  group.wait();
  finish();
}

CASE(norace_wait_group_go_nested, "S095", "nothing") {
  WaitGroup group;
  group.go([&] {
    group.go([] { v = 1; });
    w = 1;
  });
  group.wait();
  use(v);
  use(w);
  finish();
}

CASE(norace_wait_group_destroyed_after_wait, "S090", "nothing") {
  for (int i = 0; i < 4; ++i) {
    auto* const group = new WaitGroup;
    group->go([] { v = 1; });
    group->wait();
    delete group;
  }
  finish();
}
