// Channels on which nothing can ever happen, in the shapes that programs have.
#include "common.h"

// ---- chan-nil-op --------------------------------------------------------------------------------------

namespace chan_nil_op {
void wrong_send() {
  Chan<int> out;
  out.send(1);  // expected-warning {{'out' is the nil channel, on which this waits for ever [tenter-chan-nil-op]}}
}
void right_send() {
  Chan<int> out = make_chan<int>(1);
  out.send(1);
}
void wrong_recv() {
  RecvChan<int> in;
  use(*in.recv());  // expected-warning {{[tenter-chan-nil-op]}}
}
void wrong_close() {
  Chan<Unit> quit;
  quit.close();  // expected-warning {{'quit' is the nil channel, which cannot be closed}}
}
void wrong_range() {
  Chan<int> in;
  for (int v : in) use(v);  // expected-warning {{[tenter-chan-nil-op]}}
}
void wrong_braces() {
  Chan<int> out{};
  out.send(1);  // expected-warning {{[tenter-chan-nil-op]}}
}
void wrong_made_nil() {
  auto out = make_chan<int>(1);
  out = {};
  out.send(1);  // expected-warning {{[tenter-chan-nil-op]}}
}
void wrong_made_nil_by_name() {
  auto out = make_chan<int>(1);
  out = Chan<int>();
  out.close();  // expected-warning {{[tenter-chan-nil-op]}}
}
void wrong_alias() {
  Chan<int> none;
  SendChan<int> out = none;
  out.send(1);  // expected-warning {{[tenter-chan-nil-op]}}
}
void shut(SendChan<int> out) { out.close(); }
void wrong_given() {
  Chan<int> out;
  shut(out);  // expected-warning {{'out' is the nil channel, which cannot be closed}}
}
void wrong_lambda() {
  Chan<int> out;
  const auto end = [&] { out.close(); };
  end();  // expected-warning {{[tenter-chan-nil-op]}}
}
void wrong_every_branch(bool big) {
  Chan<int> out;
  if (big) log("big");
  out.send(big ? 100 : 1);  // expected-warning {{[tenter-chan-nil-op]}}
}
void right_branches(bool big) {
  Chan<int> out;
  if (big) out = make_chan<int>(100);
  else out = make_chan<int>(1);
  out.send(1);
}
void right_asked() {
  Chan<int> out;
  if (failed()) out = make_chan<int>(1);
  if (out) out.close();
}
void right_asked_by_name(bool needed) {
  Chan<int> out;
  if (needed) out = make_chan<int>(1);
  if (out.is_nil()) return;
  out.send(1);
}
void right_asked_among_others(bool needed, bool now) {
  Chan<int> out;
  if (needed) out = make_chan<int>(1);
  if (now && out) out.send(1);
}
void right_disabled_case(RecvChan<int> in, SendChan<int> out) {
  SendChan<int> now;
  int value = 0;
  for (int i = 0; i < 10; ++i)
    select(on_recv(in, [&](int v) {
             value = v;
             now = out;
           }),
           on_send(now, value, [&] { now = {}; }));
}
void fill(Chan<int>& out) { out = make_chan<int>(1); }
void right_filled() {
  Chan<int> out;
  fill(out);
  out.send(1);
}
struct Holder {
  Chan<int> items_;
  Holder() : items_(make_chan<int>(1)) { items_.send(1); }
  void right_member() { items_.send(1); }
};
void right_lambda() {
  Chan<int> out;
  const auto open = [&] { out = make_chan<int>(1); };
  open();
  out.send(1);
}
void right_tried() {
  Chan<int> out;
  use(out.try_send(1));
  use(out.len() != 0);
}
void right_expected() {
  Chan<int> none;
  try {
    none.close();
  } catch (const NilChannelError&) {
    log("as expected");
  }
}
void right_in_turns(int n) {
  Chan<int> last;
  for (int i = 0; i < n; ++i) {
    if (i > 0) last.close();
    last = make_chan<int>(1);
  }
}
}  // namespace chan_nil_op

// ---- chan-self-deadlock -------------------------------------------------------------------------------

namespace chan_self_deadlock {
void right_is_sent_to_somebody(Chan<Chan<int>> questions) {
  const auto answer = make_chan<int>();
  questions.send(answer);
  use(*answer.recv());
}
void right_is_offered_to_somebody(Chan<Chan<int>> questions) {
  const auto answer = make_chan<int>();
  if (!questions.try_send(answer)) return;
  use(*answer.recv());
}
void right_is_selected_by_somebody(Chan<Chan<int>> questions, const Context& stop) {
  const auto answer = make_chan<int>();
  if (select(on_send(questions, answer), on_recv(stop.done())) == 0) use(*answer.recv());
}
void wrong_other_is_sent(Chan<Chan<int>> questions, Chan<int> other) {
  const auto answer = make_chan<int>();
  questions.send(other);
  use(*answer.recv());  // expected-warning {{nobody else has 'answer' yet}}
}
void wrong_order() {
  auto out = make_chan<int>();
  out.send(1);  // expected-warning {{nobody else has 'out' yet, so this waits for ever [tenter-chan-self-deadlock]}}
  go([out] { use(*out.recv()); });
}
void right_order() {
  auto out = make_chan<int>();
  go([out] { use(*out.recv()); });
  out.send(1);
}
void wrong_receives_first() {
  auto in = make_chan<int>();
  use(*in.recv());  // expected-warning {{[tenter-chan-self-deadlock]}}
  go([in] { in.send(1); });
}
void wrong_full() {
  auto out = make_chan<int>(2);
  out.send(1);
  out.send(2);
  out.send(3);  // expected-warning {{[tenter-chan-self-deadlock]}}
  use(*out.recv());
}
void right_full() {
  auto out = make_chan<int>(2);
  out.send(1);
  out.send(2);
  use(*out.recv());
  out.send(3);
}
void wrong_empty() {
  auto out = make_chan<int>(1);
  out.send(1);
  use(*out.recv());
  use(*out.recv());  // expected-warning {{[tenter-chan-self-deadlock]}}
}
void wrong_alias() {
  auto both = make_chan<int>();
  SendChan<int> out = both;
  out.send(1);  // expected-warning {{[tenter-chan-self-deadlock]}}
}
void wrong_range() {
  auto in = make_chan<int>();
  for (int v : in) use(v);  // expected-warning {{nobody else has 'in' yet}} expected-warning {{nobody closes 'in'}}
}
void wrong_in_a_loop(int n) {
  for (int i = 0; i < n; ++i) {
    auto done = make_chan<Unit>();
    done.recv();  // expected-warning {{[tenter-chan-self-deadlock]}}
    go([done] { done.close(); });
  }
}
void wrong_in_a_task() {
  go([] {
    auto own = make_chan<int>();
    own.send(1);  // expected-warning {{[tenter-chan-self-deadlock]}}
  });
}
struct Starter {
  void wrong_start() {
    auto ready = make_chan<Unit>();
    ready.recv();  // expected-warning {{'ready'}}
    go([ready] { ready.close(); });
  }
};
void wrong_condition(bool wait) {
  auto ready = make_chan<Unit>();
  if (wait) ready.recv();  // expected-warning {{[tenter-chan-self-deadlock]}}
  go([ready] { ready.close(); });
}
Chan<int> new_channel() { return make_chan<int>(); }
void wrong_made_elsewhere() {
  auto out = new_channel();
  use(*out.recv());  // expected-warning {{[tenter-chan-self-deadlock]}}
}
void right_closed() {
  auto in = make_chan<int>();
  in.close();
  use(in.recv().has_value());
}
void right_buffer_of_unknown_size(int n) {
  auto out = make_chan<int>(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i) out.send(i);
}
void right_stored(std::vector<Chan<int>>& all) {
  auto out = make_chan<int>();
  all.push_back(out);
  out.send(1);
}
void right_timeout() {
  auto in = make_chan<int>();
  select(on_recv(in), on_recv(after(1ms)));
}
void right_tried_only() {
  auto in = make_chan<int>();
  use(in.try_recv().closed);
  use(in.try_send(1));
}
void right_timer() {
  const auto in = after(1ms);
  in.recv();
}
struct Registry {
  Chan<int> latest_;
  void right_published() {
    auto out = make_chan<int>();
    latest_ = out;
    out.send(1);
  }
};
void right_thread() {
  auto out = make_chan<int>();
  std::thread reader([out] { use(*out.recv()); });
  out.send(1);
  reader.join();
}
void right_loop_in_between() {
  auto out = make_chan<int>(1);
  for (int i = 0; i < 3; ++i) {
    out.send(i);
    use(*out.recv());
  }
}
}  // namespace chan_self_deadlock
