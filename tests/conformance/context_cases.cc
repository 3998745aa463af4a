// The edges of contexts and of groups of tasks: a cancellation comes before whatever shows that the context is done, and the
// end of a group's task before wait() returns.
#include "cases.h"

using std::chrono::hours;
using std::chrono::microseconds;

// ---- Context -----------------------------------------------------------------------------------------------------------

CASE(norace_context_cancel_done, "S129", "nothing") {
  auto [context, cancel] = with_cancel(background());
  start([done = context.done()] {
    done.recv();
    use(v);
  });
  v = 1;
  cancel();
  finish();
}

CASE(race_context_write_after_cancel, "S129", "data-race object=v") {
  auto [context, cancel] = with_cancel(background());
  start([done = context.done()] {
    done.recv();
    use(v);
  });
  cancel();
  v = 1;
  finish();
}

CASE(norace_context_cancel_err, "S129", "nothing") {
  auto [context, cancel] = with_cancel(background());
  start([context = context] {
    while (!context.err()) { yield(); }
    use(v);
  });
  v = 1;
  cancel();
  finish();
}

CASE(norace_context_cancel_cause, "S129 S131", "nothing") {
  auto [context, cancel] = with_cancel_cause(background());
  start([context = context] {
    while (context.cause() == nullptr) { yield(); }
    use(v);
    try {
      std::rethrow_exception(context.cause());
    } catch (const std::string& text) { use(static_cast<int>(text.size())); }
  });
  v = 1;
  cancel(std::make_exception_ptr(std::string(100, 'x')));
  finish();
}

CASE(race_context_err_not_yet, "S119 S129", "data-race object=v") {
  auto [context, cancel] = with_cancel(background());
  Gate looked;
  start([&looked, context = context] {
    v = 1;
    use(context.err().value());  // not done: this orders nothing
    looked.open();
  });
  pass(looked);
  v = 2;
  cancel();
  finish();
}

CASE(norace_context_tree, "S121 S129", "nothing") {
  auto [root, cancel] = with_cancel(background());
  const Context named = with_value(root, 1, std::string("named"));
  auto [child, cancel_child] = with_timeout(named, hours(1));
  for (const Context& each : {root, named, child}) {
    start([done = each.done()] {
      done.recv();
      use(v);
    });
  }
  v = 1;
  cancel();
  finish();
  cancel_child();
}

CASE(race_context_sibling, "S122", "data-race object=v") {
  auto [root, cancel_root] = with_cancel(background());
  auto [left, cancel_left] = with_cancel(root);
  auto [right, cancel_right] = with_cancel(root);
  Gate cancelled;
  start([&cancelled, cancel = cancel_left] {
    v = 1;
    cancel();
    cancelled.open();
  });
  pass(cancelled);
  cancel_right();
  right.done().recv();
  v = 2;
  finish();
  cancel_root();
}

CASE(norace_context_second_cancel, "S120", "nothing") {
  auto [context, cancel] = with_cancel(background());
  for (int i = 0; i < 3; ++i) {
    start([cancel = cancel] { cancel(); });
  }
  context.done().recv();
  finish();
}

// Which of the two comes first decides whose past the receiver knows; nobody knows both.
CASE(race_context_two_cancels, "S120 S129", "data-race object=v|w") {
  auto [context, cancel] = with_cancel(background());
  start([cancel = cancel] {
    v = 1;
    cancel();
  });
  start([cancel = cancel] {
    w = 1;
    cancel();
  });
  context.done().recv();
  v = 2;
  w = 2;
  finish();
}

CASE(norace_context_derived_from_cancelled, "S123 S129", "nothing") {
  auto [context, cancel] = with_cancel(background());
  start([cancel = cancel] {
    v = 1;
    cancel();
  });
  while (!context.err()) { yield(); }
  auto [child, cancel_child] = with_cancel(context);
  child.done().recv();
  v = 2;
  finish();
}

CASE(race_context_deadline_orders_nothing, "S117 S129", "data-race object=v") {
  Gate written;
  auto [context, cancel] = with_timeout(background(), microseconds(100));
  start([&] {
    v = 1;
    written.open();
  });
  pass(written);
  context.done().recv();
  v = 2;
  finish();
  cancel();
}

CASE(norace_context_done_in_select, "S053 S129", "nothing") {
  auto [context, cancel] = with_cancel(background());
  auto jobs = make_chan<int>();
  start([jobs, context = context] {
    for (bool stop = false; !stop;) {
      select(on_recv(jobs, [](int job) { v += job; }), on_recv(context.done(), [&] {
               ++v;
               stop = true;
             }));
    }
  });
  jobs.send(1);
  jobs.send(2);
  cancel();
  finish();
  use(v);
}

CASE(norace_context_values, "S128", "nothing") {
  const Context context = with_value(with_value(background(), std::string("one"), 1), std::string("two"), std::string("2"));
  for (int i = 0; i < 3; ++i) {
    start([context = context] {
      use(context.value<int>("one").value());
      use(static_cast<int>(context.value<std::string>("two")->size()));
    });
  }
  finish();
}

CASE(norace_context_after_func, "S129 S135", "nothing") {
  auto [context, cancel] = with_cancel(background());
  auto done = make_chan<int>();
  v = 1;
  const auto stop = after_func(context, [&] {
    use(v);
    ++w;
    done.send(1);
  });
  w = 1;
  cancel();
  done.recv();
  w = 2;
  finish();
}

CASE(race_context_after_func, "S135", "data-race object=v") {
  auto [context, cancel] = with_cancel(background());
  auto done = make_chan<int>();
  const auto stop = after_func(context, [&] {
    v = 1;
    done.send(1);
  });
  cancel();
  v = 2;
  done.recv();
  finish();
}

CASE(race_context_after_func_two_of_them, "S135", "data-race object=v") {
  auto [context, cancel] = with_cancel(background());
  auto done = make_chan<int>();
  const auto write = [&] {
    ++v;
    done.send(1);
  };
  const auto stop_first = after_func(context, write);
  const auto stop_second = after_func(context, write);
  cancel();
  done.recv();
  done.recv();
  finish();
}

CASE(norace_context_after_func_stopped, "S135", "nothing") {
  auto [context, cancel] = with_cancel(background());
  const auto stop = after_func(context, [] { v = 1; });
  if (stop()) { v = 2; }
  cancel();
  finish();
}

CASE(norace_context_dropped_by_others, "S129 S130", "nothing") {
  auto [root, cancel] = with_cancel(background());
  for (int i = 0; i < 3; ++i) {
    start([root = root] {
      auto [child, cancel_child] = with_timeout(root, hours(1));
      auto copy = child;
      cancel_child();
      copy.done().recv();
    });
  }
  finish();
  cancel();
}

// ---- TaskGroup ---------------------------------------------------------------------------------------------------------

CASE(norace_group_wait, "S140", "nothing") {
  TaskGroup group;
  std::array<int, 3> data{};
  for (int& each : data) {
    group.go([&each] { each = 1; });
  }
  group.wait();
  for (const int each : data) { use(each); }
  finish();
}

CASE(race_group_before_wait, "S140", "data-race object=v") {
  TaskGroup group;
  group.go([] { v = 1; });
  v = 2;
  group.wait();
  finish();
}

CASE(race_group_members, "S140", "data-race object=v") {
  TaskGroup group;
  for (int i = 0; i < 2; ++i) {
    group.go([] { ++v; });
  }
  group.wait();
  finish();
}

CASE(norace_group_exception, "S137 S140", "nothing") {
  TaskGroup group;
  group.go([] {
    v = 1;
    throw std::string(100, 'x');
  });
  group.go([] { w = 1; });
  try {
    group.wait();
  } catch (const std::string& text) { use(static_cast<int>(text.size())); }
  v = 2;
  w = 2;
  finish();
}

CASE(norace_group_context, "S138", "nothing") {
  TaskGroup group{background()};
  group.go([] {
    v = 1;
    throw 1;
  });
  group.go([&group] {
    group.context().done().recv();
    use(v);
  });
  try {
    group.wait();
  } catch (int) {}
  finish();
}

// Of two that fail only the first is waited for by whoever watches the context.
CASE(race_group_context_of_two_failures, "S138", "data-race object=v|w") {
  TaskGroup group{background()};
  group.go([] {
    v = 1;
    throw 1;
  });
  group.go([] {
    w = 1;
    throw 2;
  });
  group.context().done().recv();
  v = 2;
  w = 2;
  try {
    group.wait();
  } catch (int) {}
  finish();
}

CASE(norace_group_limit_of_one, "S139 S140", "nothing") {
  TaskGroup group;
  group.set_limit(1);
  for (int i = 0; i < 4; ++i) {
    group.go([] { ++v; });  // one after the other
  }
  group.wait();
  finish();
}

CASE(race_group_limit_of_two, "S139", "data-race object=v") {
  TaskGroup group;
  group.set_limit(2);
  std::array<Gate, 2> inside;
  for (std::size_t i = 0; i < 2; ++i) {
    group.go([&inside, i] {
      inside[i].open();
      pass(inside[1 - i]);
      ++v;
    });
  }
  group.wait();
  finish();
}

CASE(norace_group_try_go, "S139 S140", "nothing") {
  TaskGroup group;
  group.set_limit(1);
  for (int i = 0; i < 3; ++i) {
    while (!group.try_go([] { ++v; })) { yield(); }
  }
  group.wait();
  finish();
}

CASE(norace_group_used_again, "S140", "nothing") {
  TaskGroup group;
  for (int round = 0; round < 3; ++round) {
    group.go([] { ++v; });
    group.wait();
    ++v;
  }
  finish();
}
