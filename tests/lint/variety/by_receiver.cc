// A receiver that has had enough and closes what others still send on. What is looked for is only possible, so it is asked for.
// checks: -*,chan-close-by-receiver,possible
#include "common.h"

// ---- chan-close-by-receiver ----------------------------------------------------------------------------

void wrong_first_of_many() {
  auto in = make_chan<int>();
  go([in] {
    for (int i = 0; i < 10; ++i) in.send(i);
  });
  use(*in.recv());
  in.close();  // expected-warning {{possibly, 'in' is closed by its receiver, and a task may still send on it [tenter-chan-close-by-receiver]}}
}
void right_sender_closes() {
  auto in = make_chan<int>();
  go([in] {
    for (int i = 0; i < 10; ++i) in.send(i);
    in.close();
  });
  for (int v : in) use(v);
}
void wrong_found(int wanted) {
  auto in = make_chan<int>();
  go([in] {
    for (int i = 0;; ++i) in.send(i);
  });
  while (in.recv().value_or(wanted) != wanted) log("not yet");
  in.close();  // expected-warning {{[tenter-chan-close-by-receiver]}}
}
void right_told_to_stop() {
  auto in = make_chan<int>();
  auto quit = make_chan<Unit>();
  go([in, quit] {
    for (int i = 0; i >= 0;) select(on_send(in, i, [&] { ++i; }), on_recv(quit, [&] { i = -1; }));
  });
  use(*in.recv());
  quit.close();
}
void wrong_two_sends() {
  auto in = make_chan<int>();
  go([in] {
    in.send(1);
    in.send(2);
  });
  use(*in.recv());
  in.close();  // expected-warning {{[tenter-chan-close-by-receiver]}}
}
void right_one_send() {
  auto in = make_chan<int>();
  go([in] { in.send(1); });
  use(*in.recv());
  in.close();
}
void wrong_selects() {
  auto in = make_chan<int>();
  go([in] {
    for (int i = 0; i < 3; ++i) in.send(i);
  });
  select(on_recv(in, use));
  in.close();  // expected-warning {{[tenter-chan-close-by-receiver]}}
}
void right_selects() {
  auto in = make_chan<int>();
  auto quit = make_chan<Unit>();
  go([in, quit] {
    for (int i = 0; i < 3; ++i) select(on_send(in, i), on_recv(quit));
  });
  select(on_recv(in, use));
  quit.close();
}
void count_up(SendChan<int> to) {
  for (int i = 0; i < 10; ++i) to.send(i);
}
void wrong_function() {
  auto in = make_chan<int>();
  go(count_up, in);
  use(*in.recv());
  in.close();  // expected-warning {{[tenter-chan-close-by-receiver]}}
}
void right_function() {
  auto in = make_chan<int>(10);
  WaitGroup all;
  all.go([in] { count_up(in); });
  all.wait();
  in.close();
}
void wrong_thread() {
  auto in = make_chan<int>();
  std::thread sender([in] { count_up(in); });
  use(*in.recv());
  in.close();  // expected-warning {{[tenter-chan-close-by-receiver]}}
  sender.join();
}
void right_whole_range() {
  auto in = make_chan<int>();
  go([in] {
    count_up(in);
    in.close();
  });
  int sum = 0;
  for (int v : in) sum += v;
  use(sum);
}
void wrong_try() {
  auto in = make_chan<int>(2);
  go([in] { count_up(in); });
  if (in.try_recv().value) log("one");
  in.close();  // expected-warning {{[tenter-chan-close-by-receiver]}}
}
struct Reader {
  void wrong_read() {
    auto in = make_chan<int>();
    go([in] { count_up(in); });
    last_ = *in.recv();
    in.close();  // expected-warning {{'in'}}
  }
  void right_read() {
    auto in = make_chan<int>();
    go([in] { in.send(1); });
    last_ = *in.recv();
  }
  int last_ = 0;
};
void wrong_two_values() {
  auto in = make_chan<int>();
  go([in] { count_up(in); });
  const int a = *in.recv(), b = *in.recv();
  in.close();  // expected-warning {{[tenter-chan-close-by-receiver]}}
  use(a + b);
}
void wrong_alias() {
  auto in = make_chan<int>();
  SendChan<int> out = in;
  go([out] { count_up(out); });
  use(*in.recv());
  in.close();  // expected-warning {{[tenter-chan-close-by-receiver]}}
}
void right_other_channel() {
  auto in = make_chan<int>();
  auto done = make_chan<Unit>();
  go([in, done] {
    in.send(1);
    done.recv();
  });
  use(*in.recv());
  done.close();
}
void right_expects_the_error() {
  auto in = make_chan<int>();
  go([in] {
    try {
      count_up(in);
    } catch (const ClosedChannelError&) {
      log("nobody listens any more");
    }
  });
  use(*in.recv());
  in.close();
}
void right_never_receives() {
  auto out = make_chan<int>(10);
  WaitGroup all;
  all.go([out] { out.send(1); });
  all.go([out] { out.send(2); });
  all.wait();
  out.close();
}
