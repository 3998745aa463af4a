// Who closes beside whom: several closers, a close beside a send, in the shapes that programs have.
#include "common.h"

// ---- chan-multiple-closers ----------------------------------------------------------------------------

namespace chan_multiple_closers {
void wrong_each_worker(int n) {
  auto out = make_chan<int>(8);
  for (int i = 0; i < n; ++i)
    go([out, i] {  // expected-warning {{each task that is started here closes 'out' [tenter-chan-multiple-closers]}}
      out.send(i);
      out.close();
    });
  for (int v : out) use(v);
}
void right_last_worker(int n) {
  auto out = make_chan<int>(8);
  WaitGroup all;
  for (int i = 0; i < n; ++i) all.go([out, i] { out.send(i); });
  go([out, &all] {
    all.wait();
    out.close();
  });
  for (int v : out) use(v);
}
void produce(SendChan<int> out, int from) {
  for (int i = from; i < from + 3; ++i) out.send(i);
  out.close();
}
void wrong_two_producers() {
  auto out = make_chan<int>();
  go(produce, out, 0);
  go(produce, out, 3);  // expected-warning {{'out' is closed by two tasks}}
  for (int v : out) use(v);
}
void right_two_producers() {
  auto a = make_chan<int>(), b = make_chan<int>();
  go(produce, a, 0);
  go(produce, b, 3);
  for (int v : a) use(v);
  for (int v : b) use(v);
}
void wrong_by_lambda() {
  auto quit = make_chan<Unit>();
  const auto stop = [quit] { quit.close(); };
  go(stop);
  go(stop);  // expected-warning {{[tenter-chan-multiple-closers]}}
  quit.recv();
}
void wrong_in_a_group(int n) {
  auto out = make_chan<int>(3);
  WaitGroup all;
  for (int i = 0; i < n; ++i)
    all.go([&] {  // expected-warning {{[tenter-chan-multiple-closers]}}
      out.try_send(1);
      out.close();
    });
  all.wait();
}
void wrong_guards(int n) {
  auto done = make_chan<Unit>();
  while (n-- > 0)
    go([done] {  // expected-warning {{[tenter-chan-multiple-closers]}}
      Defer closing([&] { done.close(); });
      compute();
    });
  done.recv();
}
void wrong_threads() {
  auto done = make_chan<Unit>();
  std::thread a([done] { done.close(); });
  std::thread b([done] { done.close(); });  // expected-warning {{[tenter-chan-multiple-closers]}}
  a.join();
  b.join();
}
struct Hub {
  Chan<Unit> quit_ = make_chan<Unit>();
  void wrong_start(int n) {
    for (int i = 0; i < n; ++i)
      go([this] {  // expected-warning {{'quit_'}}
        quit_.close();
      });
  }
  void right_start() {
    go([this] {
      compute();
      quit_.close();
    });
  }
};
void keeper(TENTER_OWNS_CLOSE Chan<int> out);
void wrong_keeper_and_task() {
  auto out = make_chan<int>(1);
  keeper(out);
  go([out] { out.close(); });  // expected-warning {{[tenter-chan-multiple-closers]}}
}
void wrong_alias() {
  auto out = make_chan<int>(1);
  SendChan<int> same = out;
  go([out] { out.close(); });
  go([same] { same.close(); });  // expected-warning {{[tenter-chan-multiple-closers]}}
}
void wrong_argument(int n) {
  auto out = make_chan<int>(4);
  for (int i = 0; i < n; ++i)
    go([](SendChan<int> to) { to.close(); }, out);  // expected-warning {{[tenter-chan-multiple-closers]}}
}
void right_once(int n) {
  auto quit = make_chan<Unit>();
  auto once = std::make_shared<Once>();
  for (int i = 0; i < n; ++i) go([=] { once->call([&] { quit.close(); }); });
}
void right_own_channel(int n) {
  for (int i = 0; i < n; ++i) {
    auto out = make_chan<int>(1);
    go([out] { out.close(); });
    out.recv();
  }
}
void right_made_in_the_task(int n) {
  for (int i = 0; i < n; ++i)
    go([] {
      auto out = make_chan<int>(1);
      out.close();
    });
}
void right_elements(std::vector<Chan<int>>& all) {
  for (auto& each : all) go([each] { each.close(); });
}
void right_counted(int n) {
  auto out = make_chan<int>(8);
  auto left = std::make_shared<std::atomic<int>>(n);
  for (int i = 0; i < n; ++i)
    go([=] {
      out.send(i);
      if (--*left == 0) out.close();
    });
}
void right_expected(int n) {
  auto quit = make_chan<Unit>();
  for (int i = 0; i < n; ++i)
    go([quit] {
      try {
        quit.close();
      } catch (const ClosedChannelError&) {
        log("somebody else did");
      }
    });
}
void right_either(bool fast) {
  auto out = make_chan<int>(1);
  if (fast) go([out] { out.close(); });
  else go([out] {
    compute();
    out.close();
  });
}
}  // namespace chan_multiple_closers

// ---- chan-close-races-send ----------------------------------------------------------------------------

namespace chan_close_races_send {
void wrong_close_at_once() {
  auto out = make_chan<int>();
  go([out] { out.send(1); });
  out.close();  // expected-warning {{'out' is closed while a task may still send on it, and nothing orders the two [tenter-chan-close-races-send]}}
}
void wrong_many_senders(int n) {
  auto out = make_chan<int>(8);
  for (int i = 0; i < n; ++i) go([out, i] { out.send(i); });
  out.close();  // expected-warning {{[tenter-chan-close-races-send]}}
}
void right_many_senders(int n) {
  auto out = make_chan<int>(8);
  WaitGroup all;
  for (int i = 0; i < n; ++i) all.go([out, i] { out.send(i); });
  all.wait();
  out.close();
}
void wrong_waits_too_late(int n) {
  auto out = make_chan<int>(8);
  WaitGroup all;
  for (int i = 0; i < n; ++i) all.go([out, i] { out.send(i); });
  out.close();  // expected-warning {{[tenter-chan-close-races-send]}}
  all.wait();
}
void report_to(SendChan<int> out) { out.send(compute()); }
void wrong_function() {
  auto out = make_chan<int>(1);
  go(report_to, out);
  out.close();  // expected-warning {{[tenter-chan-close-races-send]}}
}
void wrong_thread() {
  auto out = make_chan<int>(1);
  std::thread worker([out] { out.send(1); });
  out.close();  // expected-warning {{[tenter-chan-close-races-send]}}
  worker.join();
}
void right_thread() {
  auto out = make_chan<int>(1);
  std::thread worker([out] { out.send(1); });
  worker.join();
  out.close();
}
void wrong_send_beside() {
  auto out = make_chan<int>(1);
  go([out] { out.close(); });
  out.send(1);  // expected-warning {{a value is sent on 'out' while a task may already have closed it}}
}
void wrong_slept() {
  auto out = make_chan<int>(1);
  go([out] { out.send(compute()); });
  sleep_for(10ms);
  out.close();  // expected-warning {{[tenter-chan-close-races-send]}}
}
void wrong_yielded() {
  auto out = make_chan<int>(1);
  go([out] { out.send(1); });
  yield();
  out.close();  // expected-warning {{[tenter-chan-close-races-send]}}
}
struct Feed {
  Chan<int> items_ = make_chan<int>(4);
  void wrong_restart() {
    go([this] { items_.send(1); });
    items_.close();  // expected-warning {{'items_'}}
  }
  void right_restart() {
    WaitGroup all;
    all.go([this] { items_.send(1); });
    all.wait();
    items_.close();
  }
};
void shut(SendChan<int> out) { out.close(); }
void wrong_close_in_a_call() {
  auto out = make_chan<int>(1);
  go([out] { out.send(1); });
  shut(out);  // expected-warning {{[tenter-chan-close-races-send]}}
}
void wrong_on_a_path(bool quick) {
  auto out = make_chan<int>(1);
  go([out] { out.send(1); });
  if (quick) {
    out.close();  // expected-warning {{[tenter-chan-close-races-send]}}
    return;
  }
  out.recv();
}
void right_received_all() {
  auto out = make_chan<int>();
  go([out] { out.send(1); });
  out.recv();
  out.close();
}
void right_tasks_close() {
  auto out = make_chan<int>();
  go([out] {
    out.send(1);
    out.close();
  });
  for (int v : out) use(v);
}
void right_group() {
  auto out = make_chan<int>(3);
  TaskGroup group;
  group.go([=] { out.send(1); });
  group.wait();
  out.close();
}
void right_other_channel() {
  auto out = make_chan<int>(1), quit = make_chan<int>(1);
  go([out] { out.send(1); });
  quit.close();
}
void right_expected_error() {
  auto out = make_chan<int>(1);
  go([out] {
    try {
      out.send(1);
    } catch (const ClosedChannelError&) {
      log("too late");
    }
  });
  out.close();
}
void right_told() {
  auto out = make_chan<int>(1);
  auto told = make_chan<Unit>();
  go([=] {
    out.send(1);
    told.close();
  });
  told.recv();
  out.close();
}
void right_only_perhaps(bool loud) {
  auto out = make_chan<int>(1);
  go([=] {
    if (loud) out.send(1);
  });
  if (!loud) out.close();
}
// Two tasks, with nothing between them.
void wrong_closer_beside_sender() {
  auto numbers = make_chan<int>();
  go([=] { numbers.send(1); });
  go([=] { numbers.close(); });  // expected-warning {{'numbers' is closed by one task while another may still send on it, and nothing orders the two [tenter-chan-close-races-send]}}
  for (const int number : numbers) use(number);
}
void wrong_sender_thread_beside_closer() {
  auto numbers = make_chan<int>(1);
  go([=] { numbers.close(); });
  std::thread sender([=] { numbers.send(1); });  // expected-warning {{is closed by one task while another may still send}}
  for (const int number : numbers) use(number);
  sender.join();
}
void right_closer_waits_for_the_sender() {
  auto numbers = make_chan<int>();
  WaitGroup sending;
  sending.go([=] { numbers.send(1); });
  go([=, &sending] {
    sending.wait();
    numbers.close();
  });
  for (const int number : numbers) use(number);
}
void right_closer_is_started_later() {
  auto numbers = make_chan<int>(1);
  WaitGroup sending;
  sending.go([=] { numbers.send(1); });
  sending.wait();
  go([=] { numbers.close(); });
  for (const int number : numbers) use(number);
}
void right_closer_is_told() {
  auto numbers = make_chan<int>();
  auto sent = make_chan<Unit>();
  go([=] {
    numbers.send(1);
    sent.close();
  });
  go([=] {
    sent.recv();
    numbers.close();
  });
  for (const int number : numbers) use(number);
}
}  // namespace chan_close_races_send
