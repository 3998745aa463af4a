// Tasks and loops that wait for somebody who never comes, in the shapes that programs have.
#include "common.h"

// ---- chan-range-never-closed --------------------------------------------------------------------------

void keep(const Chan<int>& items);

namespace chan_range_never_closed {
void wrong_producer() {
  auto items = make_chan<int>();
  go([items] {
    for (int i = 0; i < 3; ++i) items.send(i);
  });
  for (int item : items) use(item);  // expected-warning {{this loop never ends, because nobody closes 'items' [tenter-chan-range-never-closed]}}
}
void right_producer() {
  auto items = make_chan<int>();
  go([items] {
    for (int i = 0; i < 3; ++i) items.send(i);
    items.close();
  });
  for (int item : items) use(item);
}
void wrong_workers(int n) {
  auto jobs = make_chan<int>();
  WaitGroup all;
  for (int i = 0; i < n; ++i)
    all.go([jobs] {
      for (int job : jobs) use(job);  // expected-warning {{'jobs'}}
    });
  for (int job = 0; job < 10; ++job) jobs.send(job);
  all.wait();
}
void right_workers(int n) {
  auto jobs = make_chan<int>();
  WaitGroup all;
  for (int i = 0; i < n; ++i)
    all.go([jobs] {
      for (int job : jobs) use(job);
    });
  for (int job = 0; job < 10; ++job) jobs.send(job);
  jobs.close();
  all.wait();
}
void drain(RecvChan<int> in) {
  for (int v : in) use(v);  // expected-warning {{[tenter-chan-range-never-closed]}}
}
void wrong_function() {
  auto items = make_chan<int>(1);
  go(drain, items);
  items.send(1);
}
void wrong_results(int n) {
  auto results = make_chan<int>();
  for (int i = 0; i < n; ++i) go([results, i] { results.send(compute(i)); });
  int sum = 0;
  for (int result : results) sum += result;  // expected-warning {{'results'}}
  use(sum);
}
void right_results(int n) {
  auto results = make_chan<int>();
  for (int i = 0; i < n; ++i) go([results, i] { results.send(compute(i)); });
  int sum = 0;
  for (int i = 0; i < n; ++i) sum += *results.recv();
  use(sum);
}
void wrong_alias() {
  auto items = make_chan<int>();
  RecvChan<int> in = items;
  go([items] { items.send(1); });
  for (int item : in) use(item);  // expected-warning {{[tenter-chan-range-never-closed]}}
}
void wrong_pipeline() {
  auto first = make_chan<int>(), second = make_chan<int>();
  go([first] {
    first.send(1);
    first.close();
  });
  go([first, second] {
    for (int v : first) second.send(v * v);
  });
  for (int v : second) use(v);  // expected-warning {{'second'}}
}
void right_pipeline() {
  auto first = make_chan<int>(), second = make_chan<int>();
  go([first] {
    first.send(1);
    first.close();
  });
  go([first, second] {
    for (int v : first) second.send(v * v);
    second.close();
  });
  for (int v : second) use(v);
}
struct Counter {
  int total_ = 0;
  void wrong_count() {
    auto items = make_chan<int>(8);
    go([items] { items.send(1); });
    for (int item : items) total_ += item;  // expected-warning {{'items'}}
  }
  void right_count() {
    auto items = make_chan<int>(8);
    go([items] {
      Defer closing([&] { items.close(); });
      items.send(1);
    });
    for (int item : items) total_ += item;
  }
};
void wrong_thread() {
  auto items = make_chan<int>();
  std::thread sender([items] { items.send(1); });
  for (int item : items) use(item);  // expected-warning {{[tenter-chan-range-never-closed]}}
  sender.join();
}
void wrong_continue() {
  auto items = make_chan<int>();
  go([items] { items.send(1); });
  for (int item : items) {  // expected-warning {{[tenter-chan-range-never-closed]}}
    if (item < 0) continue;
    use(item);
  }
}
void right_break() {
  auto items = make_chan<int>();
  go([items] { items.send(1); });
  for (int item : items) {
    if (item < 0) break;
    use(item);
  }
}
void right_returns() {
  auto items = make_chan<int>();
  go([items] { items.send(1); });
  for (int item : items)
    if (item == 1) return;
}
void right_somebody_has_it() {
  auto items = make_chan<int>();
  keep(items);
  for (int item : items) use(item);
}
void right_parameter(RecvChan<int> in) {
  for (int v : in) use(v);
}
void right_closed_by_contract(void (*)(int)) {
  auto items = make_chan<int>(3);
  items.send(1);
  items.close();
  for (int item : items) use(item);
}
void right_ticker() {
  Ticker ticker(1s);
  go([in = ticker.channel()] {
    for (TimePoint now : in) static_cast<void>(now);
  });
}
}  // namespace chan_range_never_closed

// ---- chan-leaked-sender -------------------------------------------------------------------------------

namespace chan_leaked_sender {
std::optional<int> wrong_timeout() {
  auto answer = make_chan<int>();
  go([answer] { answer.send(compute()); });  // expected-warning {{nobody receives from 'answer' on a path to the function's end [tenter-chan-leaked-sender]}}
  std::optional<int> got;
  select(on_recv(answer, [&](int v) { got = v; }), on_recv(after(10ms)));
  return got;
}
std::optional<int> right_timeout() {
  auto answer = make_chan<int>(1);
  go([answer] { answer.send(compute()); });
  std::optional<int> got;
  select(on_recv(answer, [&](int v) { got = v; }), on_recv(after(10ms)));
  return got;
}
int wrong_early_return() {
  auto answer = make_chan<int>();
  go([answer] { answer.send(compute()); });  // expected-warning {{[tenter-chan-leaked-sender]}}
  if (failed()) return -1;
  return *answer.recv();
}
int right_early_return() {
  if (failed()) return -1;
  auto answer = make_chan<int>();
  go([answer] { answer.send(compute()); });
  return *answer.recv();
}
int wrong_switch(int what) {
  auto answer = make_chan<int>();
  go([answer] { answer.send(compute()); });  // expected-warning {{[tenter-chan-leaked-sender]}}
  switch (what) {
    case 0: return 0;
    case 1: break;
    default: return *answer.recv();
  }
  return 1;
}
void wrong_forgotten() {
  auto done = make_chan<Unit>();
  go([done] {  // expected-warning {{[tenter-chan-leaked-sender]}}
    compute();
    done.send({});
  });
  log("started");
}
int wrong_cancelled(Context context) {
  auto answer = make_chan<int>();
  go([answer] { answer.send(compute()); });  // expected-warning {{[tenter-chan-leaked-sender]}}
  int value = -1;
  select(on_recv(answer, [&](int v) { value = v; }), on_recv(context.done()));
  return value;
}
int right_cancelled(Context context) {
  auto answer = make_chan<int>();
  go([answer, context] { select(on_send(answer, compute()), on_recv(context.done())); });
  int value = -1;
  select(on_recv(answer, [&](int v) { value = v; }), on_recv(context.done()));
  return value;
}
void fetch(SendChan<int> to, int what) { to.send(compute(what)); }
int wrong_function(int what) {
  auto answer = make_chan<int>();
  go(fetch, answer, what);  // expected-warning {{[tenter-chan-leaked-sender]}}
  if (what > 10) return 0;
  return *answer.recv();
}
int wrong_non_blocking() {
  auto answer = make_chan<int>();
  go([answer] { answer.send(compute()); });  // expected-warning {{[tenter-chan-leaked-sender]}}
  int value = 0;
  select(on_recv(answer, [&](int v) { value = v; }), otherwise());
  return value;
}
struct Probe {
  int wrong_ask(bool quick) {
    auto up = make_chan<bool>();
    go([this, up] { up.send(alive()); });  // expected-warning {{'up'}}
    if (quick) return 0;
    return *up.recv() ? 1 : 2;
  }
  int right_ask(bool quick) {
    auto up = make_chan<bool>(1);
    go([this, up] { up.send(alive()); });
    if (quick) return 0;
    return *up.recv() ? 1 : 2;
  }
  bool alive() const;
};
void wrong_thread() {
  auto done = make_chan<Unit>();
  std::thread worker([done] { done.send({}); });  // expected-warning {{[tenter-chan-leaked-sender]}}
  worker.detach();
}
void wrong_two_paths(int n) {
  auto error = make_chan<int>();
  go([error, n] { error.send(n); });  // expected-warning {{[tenter-chan-leaked-sender]}}
  if (n < 0) return;
  if (n == 0) {
    use(*error.recv());
    return;
  }
  log("later");
}
int right_received_on_both(bool fast) {
  auto answer = make_chan<int>();
  go([answer] { answer.send(compute()); });
  if (fast) return *answer.recv();
  log("slow");
  return *answer.recv();
}
RecvChan<int> right_returned() {
  auto answer = make_chan<int>();
  go([answer] { answer.send(compute()); });
  return answer;
}
void right_somebody_else() {
  auto answer = make_chan<int>();
  go([answer] { answer.send(compute()); });
  keep(answer);
}
void right_two_tasks() {
  auto answer = make_chan<int>();
  go([answer] { answer.send(compute()); });
  go([answer] { use(*answer.recv()); });
}
int right_guard() {
  auto answer = make_chan<int>();
  go([answer] { answer.send(compute()); });
  Defer taking([&] { answer.recv(); });
  return failed() ? -1 : 0;
}
void right_perhaps(bool loud) {
  auto answer = make_chan<int>();
  go([answer, loud] {
    if (loud) answer.send(1);
  });
  if (loud) use(*answer.recv());
}
// The only receiver may end without having received.
void wrong_receiver_may_skip() {
  auto numbers = make_chan<int>();
  go([=] { numbers.send(1); });  // expected-warning {{this task may wait for ever, because the task that receives from 'numbers' may end without having done so}}
  go([=] {
    if (failed()) return;
    numbers.recv();
  });
}
void wrong_send_to_one_who_may_skip() {
  auto numbers = make_chan<int>();
  go([=] {
    if (!failed()) numbers.recv();
  });
  numbers.send(1);  // expected-warning {{this send may wait for ever, because the task that receives from 'numbers' may end}}
}
void right_receiver_never_skips() {
  auto numbers = make_chan<int>();
  go([=] { numbers.send(1); });
  go([=] {
    if (failed()) log("late");
    numbers.recv();
  });
}
// Both go by the same.
void right_both_or_neither(bool wanted) {
  auto numbers = make_chan<int>();
  go([=] {
    if (wanted) numbers.recv();
  });
  if (wanted) numbers.send(1);
}
void right_with_room() {
  auto numbers = make_chan<int>(1);
  go([=] { numbers.send(1); });
  go([=] {
    if (failed()) return;
    numbers.recv();
  });
}
// It has been told before, and by whom is not known.
void right_receiver_is_told(RecvChan<int> told) {
  auto numbers = make_chan<int>();
  go([=] {
    if (told.recv()) numbers.recv();
  });
  go([=] { numbers.send(1); });
}
void wrong_flag(bool quiet) {
  auto lines = make_chan<std::string>();
  go([=] { lines.send("a"); });  // expected-warning {{'lines' may end without having done so}}
  go([=] {
    if (!quiet) lines.recv();
  });
}
void right_flag(bool quiet) {
  auto lines = make_chan<std::string>();
  go([=] { lines.send("a"); });
  go([=] {
    lines.recv();
    if (!quiet) log("received");
  });
}
void wrong_thread_may_skip(int n) {
  auto started = make_chan<Unit>();
  std::thread worker([=] {
    if (n == 0) return;
    started.recv();
  });
  started.send({});  // expected-warning {{this send may wait for ever, because the task that receives from 'started' may end}}
  worker.join();
}
void right_thread_receives(int n) {
  auto started = make_chan<Unit>();
  std::thread worker([=] {
    if (n == 0) log("nothing to do");
    started.recv();
  });
  started.send({});
  worker.join();
}
void right_either_way_received(int n) {
  auto numbers = make_chan<int>();
  go([=] {
    if (n == 0) {
      numbers.recv();
      log("none");
    } else {
      numbers.recv();
    }
  });
  numbers.send(n);
}
// What ends the loop is that all has been received.
void right_loop_until_received(RecvChan<int> lines) {
  auto jobs = make_chan<int>();
  go([=] { jobs.send(20); });
  bool waits = true;
  while (waits) {
    select(on_recv(jobs, [&](int) { waits = false; }), on_recv(lines, [&](int line) { use(line); }));
  }
}
// The two conditions may go together.
void right_each_by_its_own(bool quiet, int n) {
  auto lines = make_chan<std::string>();
  go([=] {
    if (!quiet) lines.recv();
  });
  if (n > 0) lines.send("a");
}
}  // namespace chan_leaked_sender

// ---- chan-leaked-receiver -----------------------------------------------------------------------------

namespace chan_leaked_receiver {
void wrong_nobody_sends() {
  auto job = make_chan<int>();
  go([job] { use(*job.recv()); });  // expected-warning {{this task may wait for ever, because nobody sends on 'job' [tenter-chan-leaked-receiver]}}
  log("started");
}
void wrong_failed() {
  auto job = make_chan<int>();
  go([job] { use(*job.recv()); });  // expected-warning {{[tenter-chan-leaked-receiver]}}
  if (failed()) return;
  job.send(1);
}
void right_failed() {
  auto job = make_chan<int>();
  go([job] { use(*job.recv()); });
  if (failed()) {
    job.close();
    return;
  }
  job.send(1);
}
void right_closing_guard() {
  auto job = make_chan<int>();
  Defer closing([&] { job.close(); });
  go([job] { use(job.recv().has_value()); });
  if (failed()) return;
  job.send(1);
}
void wrong_switch(int what) {
  auto start = make_chan<Unit>();
  go([start] { start.recv(); });  // expected-warning {{[tenter-chan-leaked-receiver]}}
  switch (what) {
    case 0: start.send({}); break;
    case 1: start.close(); break;
    default: break;
  }
}
void wait_for(RecvChan<Unit> start) {
  start.recv();
  compute();
}
void wrong_function(bool now) {
  auto start = make_chan<Unit>();
  go(wait_for, start);  // expected-warning {{[tenter-chan-leaked-receiver]}}
  if (now) start.send({});
}
void wrong_only_tries() {
  auto start = make_chan<Unit>();
  go([start] { start.recv(); });  // expected-warning {{[tenter-chan-leaked-receiver]}}
  start.try_send({});
}
void wrong_two_receivers() {
  auto start = make_chan<Unit>(), stop = make_chan<Unit>();
  go([start] { start.recv(); });  // expected-warning {{'start'}}
  go([stop] { stop.recv(); });    // expected-warning {{'stop'}}
}
struct Gate {
  void wrong_open(bool wide) {
    auto open = make_chan<Unit>();
    go([open] { open.recv(); });  // expected-warning {{'open'}}
    if (!wide) return;
    open.close();
  }
  void right_open(bool wide) {
    auto open = make_chan<Unit>();
    go([open] { open.recv(); });
    if (!wide) log("narrow");
    open.close();
  }
};
void wrong_second_value(bool both) {
  auto job = make_chan<int>();
  go([job] { use(*job.recv()); });
  job.send(1);
  auto more = make_chan<int>();
  go([more] { use(*more.recv()); });  // expected-warning {{'more'}}
  if (both) more.send(2);
}
void wrong_thread() {
  auto job = make_chan<int>();
  std::thread worker([job] { use(*job.recv()); });  // expected-warning {{[tenter-chan-leaked-receiver]}}
  worker.detach();
}
void wrong_selected(RecvChan<Unit> quit) {
  auto job = make_chan<int>();
  go([job] { use(*job.recv()); });  // expected-warning {{[tenter-chan-leaked-receiver]}}
  select(on_send(job, 1), on_recv(quit));
}
void right_selects(RecvChan<Unit> quit) {
  auto job = make_chan<int>();
  go([job, quit] { select(on_recv(job, use), on_recv(quit)); });
  select(on_send(job, 1), on_recv(quit));
}
void right_sent() {
  auto job = make_chan<int>();
  go([job] { use(*job.recv()); });
  log("working");
  job.send(1);
}
void right_other_task() {
  auto job = make_chan<int>();
  go([job] { use(*job.recv()); });
  go([job] { job.send(1); });
}
SendChan<int> right_returned_receiver() {
  auto job = make_chan<int>();
  go([job] { use(*job.recv()); });
  return job;
}
void right_timer() {
  go([] { after(1s).recv(); });
}
void right_same_condition(bool beside) {
  auto job = make_chan<int>();
  if (beside) go([job] { use(*job.recv()); });
  if (beside) job.send(1);
}
void right_kept() {
  auto job = make_chan<int>();
  go([job] { use(*job.recv()); });
  keep(job);
}
}  // namespace chan_leaked_receiver
