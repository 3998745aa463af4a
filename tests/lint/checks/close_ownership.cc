// Who closes a channel, and when: wrong functions and right ones. The comments say what is expected, as clang's -verify
// reads them.
#include <tenter/tenter.h>

#include <atomic>
#include <string>
#include <vector>

using namespace tenter;

bool failed();
void log(const char* text);
int compute();

template <class F>
struct Finally {
  explicit Finally(F f) : f_(f) {}
  ~Finally() { f_(); }
  F f_;
};

// ---- chan-double-close ---------------------------------------------------------------------------------

void wrong_twice() {
  auto c = make_chan<int>();
  c.close();  // expected-note {{closed here}}
  c.close();  // expected-warning {{'c' is closed twice [tenter-chan-double-close]}}
}
void wrong_on_one_path(bool bad) {
  auto c = make_chan<int>();
  if (bad) c.close();  // expected-note {{closed here}}
  c.close();           // expected-warning {{'c' is closed twice on a path that closes it earlier}}
}
void wrong_parameter(Chan<int> c) {
  c.close();  // expected-note {{closed here}}
  c.close();  // expected-warning {{'c' is closed twice}}
}
void wrong_alias() {
  auto c = make_chan<int>();
  SendChan<int> out = c;
  out.close();  // expected-note {{closed here}}
  c.close();    // expected-warning {{closed twice}}
}
void finish(const SendChan<int>& c) {
  c.close();  // expected-note {{the close that this call leads to}}
}
void wrong_through_a_call() {
  auto c = make_chan<int>();
  c.close();  // expected-note {{closed here}}
  finish(c);  // expected-warning {{'c' is closed twice}}
}
void wrong_after_a_call(Chan<int> c) {
  finish(c);  // expected-note {{closed here}}
  c.close();  // expected-warning {{'c' is closed twice}}
}
void wrong_in_a_loop(int n) {
  auto c = make_chan<int>();
  for (int i = 0; i < n; ++i) c.close();  // expected-warning {{'c' is closed again in the next turn of the loop}}
}
void wrong_after_the_range(const Chan<int>& c) {
  for (int v : c) log(v != 0 ? "a" : "b");  // expected-note {{it is closed when this loop ends}}
  c.close();                                // expected-warning {{'c' is closed twice}}
}
void right_after_a_range_that_was_left(const Chan<int>& c) {
  for (int v : c)
    if (v == 9) break;
  c.close();
}
struct Server {
  Chan<int> quit_ = make_chan<int>();
  void wrong_member() {
    quit_.close();  // expected-note {{closed here}}
    quit_.close();  // expected-warning {{'quit_' is closed twice}}
  }
  void stop() {
    quit_.close();  // expected-note {{the close that this call leads to}}
  }
  void wrong_member_call() {
    quit_.close();  // expected-note {{closed here}}
    stop();         // expected-warning {{'quit_' is closed twice}}
  }
  void right_member(bool really) {
    if (!really) return;
    quit_.close();
  }
};
void wrong_in_a_lambda() {
  auto c = make_chan<int>();
  auto stop = [&] {
    c.close();  // expected-note {{the close that this call leads to}}
  };
  stop();  // expected-note {{closed here}}
  stop();  // expected-warning {{'c' is closed twice}}
}
void wrong_with_a_guard() {
  auto c = make_chan<int>(1);
  Finally closing([&] {  // expected-warning {{'c' is closed twice}}
    c.close();           // expected-note {{the close that this call leads to}}
  });
  c.send(1);
  c.close();  // expected-note {{closed here}}
}
void wrong_after_switch(int what) {
  auto c = make_chan<int>();
  switch (what) {
    case 0: c.close(); break;  // expected-note {{closed here}}
    default: break;
  }
  c.close();  // expected-warning {{'c' is closed twice on a path that closes it earlier}}
}
void wrong_parent_too() {
  auto c = make_chan<int>();
  go([=] { c.close(); });  // expected-note {{closed by the task that is started here}}
  c.close();               // expected-warning {{'c' is closed here and by a task}}
}
void elsewhere(TENTER_CLOSES Chan<int> c);
void wrong_by_contract() {
  auto c = make_chan<int>();
  elsewhere(c);  // expected-note {{closed here}}
  c.close();     // expected-warning {{'c' is closed twice}}
}
void keeper(TENTER_OWNS_CLOSE Chan<int> c);
void wrong_by_ownership() {
  auto c = make_chan<int>();
  keeper(c);  // expected-note {{given away here}}
  c.close();  // expected-warning {{'c' is closed here, although it was given to somebody else to close}}
}

void right_return(bool bad) {
  auto c = make_chan<int>();
  if (bad) {
    c.close();
    return;
  }
  c.close();
}
void right_either_or(bool bad) {
  auto c = make_chan<int>();
  if (bad) c.close();
  else c.close();
}
void right_flag(bool bad) {
  auto c = make_chan<int>();
  bool closed = false;
  if (bad) {
    c.close();
    closed = true;
  }
  log("between");
  if (!closed) c.close();
}
void right_same_condition(bool bad) {
  auto c = make_chan<int>();
  if (bad) c.close();
  log("between");
  if (!bad) c.close();
}
void right_comparison(int n) {
  auto c = make_chan<int>();
  if (n == 0) c.close();
  if (n != 0) c.close();
}
void right_new_channel() {
  auto c = make_chan<int>();
  c.close();
  c = make_chan<int>();
  c.close();
}
void right_each_turn(int n) {
  for (int i = 0; i < n; ++i) {
    auto c = make_chan<int>();
    c.close();
  }
}
void right_elements(const std::vector<Chan<int>>& all) {
  for (const auto& c : all) c.close();
  for (auto c : all) c.close();
}
struct Worker {
  Chan<int> in = make_chan<int>();
};
void right_members_of_elements(std::vector<Worker>& workers) {
  for (Worker& worker : workers) worker.in.close();
  for (std::size_t i = 0; i < workers.size(); ++i) workers[i].in.close();
}
void right_first_found(const std::vector<int>& values, Chan<int> c) {
  for (int value : values) {
    if (value == 0) {
      c.close();
      break;
    }
  }
}
void right_expected() {
  auto c = make_chan<int>();
  c.close();
  try {
    c.close();
  } catch (const ClosedChannelError&) {
    log("as expected");
  }
}
void right_once() {
  auto c = make_chan<int>();
  Once closing;
  for (int i = 0; i < 2; ++i) closing.call([&] { c.close(); });
}
void right_guard() {
  auto c = make_chan<int>(1);
  Finally closing([&] { c.close(); });
  c.send(1);
}
void right_two_channels() {
  auto a = make_chan<int>(), b = make_chan<int>();
  a.close();
  b.close();
}
void replace(Chan<int>& c);
void right_replaced(Chan<int> c) {
  c.close();
  replace(c);
  c.close();
}

// ---- chan-send-after-close -----------------------------------------------------------------------------

void wrong_send() {
  auto c = make_chan<int>(1);
  c.close();  // expected-note {{closed here}}
  c.send(1);  // expected-warning {{a value is sent on 'c', which is closed [tenter-chan-send-after-close]}}
}
void wrong_send_on_a_path(bool bad) {
  auto c = make_chan<int>(1);
  if (bad) c.close();  // expected-note {{closed here}}
  c.send(1);           // expected-warning {{after it was closed on a path that comes here}}
}
void wrong_try_send(SendChan<int> c) {
  c.close();      // expected-note {{closed here}}
  c.try_send(1);  // expected-warning {{a value is sent on 'c', which is closed}}
}
void wrong_select(SendChan<int> c, RecvChan<int> other) {
  c.close();                                // expected-note {{closed here}}
  select(on_recv(other), on_send(c, 1));  // expected-warning {{a value is sent on 'c', which is closed}}
}
void put(SendChan<int> c) {
  c.send(7);  // expected-note {{the send that this call leads to}}
}
void wrong_send_in_a_call() {
  auto c = make_chan<int>(1);
  c.close();  // expected-note {{closed here}}
  put(c);     // expected-warning {{a value is sent on 'c', which is closed}}
}
void wrong_send_in_a_task() {
  auto c = make_chan<int>(1);
  c.close();  // expected-note {{closed here}}
  go([c] {    // expected-warning {{a value is sent on 'c', which is closed}}
    c.send(1);  // expected-note {{the send that this call leads to}}
  });
}
void wrong_send_in_a_later_turn(int n, Chan<int> c) {
  for (int i = 0; i < n; ++i) {
    c.send(i);   // expected-warning {{a value is sent on 'c' after it was closed}}
    c.close();  // expected-note {{closed here}} expected-warning {{closed again in the next turn}}
  }
}
void wrong_send_in_a_handler(RecvChan<int> in, SendChan<int> out) {
  out.close();                  // expected-note {{closed here}}
  select(on_recv(in, [&](int v) { out.send(v); }));  // expected-warning {{which is closed}} expected-note {{the send that}}
}
void wrong_send_after_contract() {
  auto c = make_chan<int>(1);
  elsewhere(c);  // expected-note {{closed here}}
  c.send(1);     // expected-warning {{a value is sent on 'c', which is closed}}
}
void wrong_send_after_range(Chan<int> c) {
  for (int v : c) log(v != 0 ? "a" : "b");  // expected-note {{it is closed when this loop ends}}
  c.send(0);                                // expected-warning {{which is closed}}
}

void right_send(SendChan<int> c) {
  c.send(1);
  c.close();
}
void right_send_if_open(SendChan<int> c, bool last) {
  if (last) c.close();
  if (!last) c.send(1);
}
void right_send_else(SendChan<int> c, int n) {
  if (n > 0) c.send(n);
  if (n <= 0) c.close();
}
void right_send_in_turns(SendChan<int> c, int n) {
  for (int i = 0; i < n; ++i) {
    c.send(i);
    if (i == 7) {
      c.close();
      return;
    }
  }
  c.close();
}
void right_send_in_switch(SendChan<int> c, RecvChan<int> stop, RecvChan<int> in) {
  for (;;) {
    switch (select(on_recv(stop), on_recv(in))) {
      case 0: c.close(); return;
      case 1: c.send(1); break;
      default: break;
    }
  }
}
void right_send_by_index(SendChan<int> c, RecvChan<int> stop, RecvChan<int> in) {
  const std::size_t which = select(on_recv(stop, [&] { c.close(); }), on_recv(in));
  if (which == 1) c.send(1);
}
void right_send_expected(SendChan<int> c) {
  c.close();
  try {
    c.send(1);
  } catch (const Error&) {
    log("as expected");
  }
}
void right_send_on_another(SendChan<int> c, SendChan<int> d) {
  c.close();
  d.send(1);
}
void right_send_through_call(SendChan<int> c) {
  put(c);
  finish(c);
}
struct Stage {
  Chan<int> out = make_chan<int>(1);
  bool closed = false;
  void end() {
    if (closed) return;
    closed = true;
    out.close();
  }
  void add(int v) {
    if (closed) return;
    out.send(v);
  }
  void right_send_by_flag(int v) {
    add(v);
    end();
  }
};

// ---- chan-multiple-closers, chan-close-races-send ------------------------------------------------------

void wrong_every_task_closes(int n) {
  auto c = make_chan<int>();
  for (int i = 0; i < n; ++i)
    go([=] {  // expected-warning {{each task that is started here closes 'c' [tenter-chan-multiple-closers]}}
      c.send(i);
      c.close();  // expected-note {{closed here}}
    });
  for (int v : c) log(v != 0 ? "a" : "b");
}
void wrong_two_tasks_close(RecvChan<int> in) {
  auto c = make_chan<int>();
  go([=] { c.close(); });  // expected-note {{the other one is started here}}
  go([=] {                 // expected-warning {{'c' is closed by two tasks}}
    in.recv();
    c.close();  // expected-note {{closed here}}
  });
}
void wrong_close_beside_a_sender() {
  auto c = make_chan<int>();
  go([=] {      // expected-note {{the task is started here}}
    c.send(1);  // expected-note {{it sends here}}
  });
  c.close();  // expected-warning {{'c' is closed while a task may still send on it, and nothing orders the two}}
}
void wrong_close_beside_a_member() {
  auto c = make_chan<int>(3);
  WaitGroup all;
  all.go([&] {  // expected-note {{the task is started here}}
    c.send(1);  // expected-note {{it sends here}}
  });
  c.close();  // expected-warning {{[tenter-chan-close-races-send]}}
  all.wait();
}
void wrong_send_beside_a_closer() {
  auto c = make_chan<int>(1);
  go([=] { c.close(); });  // expected-note {{the task is started here}} expected-note {{it closes here}}
  c.send(1);               // expected-warning {{while a task may already have closed it}}
}

void right_last_one_closes(int n) {
  auto c = make_chan<int>();
  WaitGroup all;
  for (int i = 0; i < n; ++i) all.go([=] { c.send(i); });
  go([=, &all] {
    all.wait();
    c.close();
  });
  for (int v : c) log(v != 0 ? "a" : "b");
}
void right_counted_close(int n) {
  auto c = make_chan<int>(8);
  auto left = std::make_shared<std::atomic<int>>(n);
  for (int i = 0; i < n; ++i)
    go([=] {
      c.send(i);
      if (--*left == 0) c.close();
    });
  for (int v : c) log(v != 0 ? "a" : "b");
}
void right_close_after_wait() {
  auto c = make_chan<int>(1);
  WaitGroup all;
  all.go([&] { c.send(1); });
  all.wait();
  c.close();
}
void right_sender_closes() {
  auto c = make_chan<int>();
  go([=] {
    for (int i = 0; i < 3; ++i) c.send(i);
    c.close();
  });
  for (int v : c) log(v != 0 ? "a" : "b");
}
void right_close_after_reply() {
  auto c = make_chan<int>();
  auto done = make_chan<Unit>();
  go([=] {
    c.send(1);
    done.send({});
  });
  c.recv();
  done.recv();
  c.close();
}
void right_task_waits_before_it_closes() {
  auto c = make_chan<int>(1);
  auto done = make_chan<Unit>();
  go([=] {
    done.recv();
    c.close();
  });
  c.send(1);
  done.close();
}
void right_one_each(int n) {
  for (int i = 0; i < n; ++i) {
    auto c = make_chan<int>(1);
    go([=] {
      c.send(i);
      c.close();
    });
    c.recv();
  }
}
void right_two_tasks_two_channels() {
  auto a = make_chan<int>(1), b = make_chan<int>(1);
  go([=] { a.close(); });
  go([=] { b.close(); });
  a.recv();
  b.recv();
}
void right_once_in_tasks(int n) {
  auto c = make_chan<int>();
  auto closing = std::make_shared<Once>();
  for (int i = 0; i < n; ++i) go([=] { closing->call([&] { c.close(); }); });
  c.recv();
}
