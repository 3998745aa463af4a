// checks: -*,chan-narrow-direction
// Parameters that are channels of both directions, in functions that use one, both, or something else of them.
#include "common.h"

// ---- chan-narrow-direction ----------------------------------------------------------------------------

namespace chan_narrow_direction {
// expected-warning@+1 {{'out' is only sent on, so its type can be SendChan [tenter-chan-narrow-direction]}}
void wrong_producer(Chan<int> out) {
  out.send(1);
  out.close();
}
void right_producer(SendChan<int> out) {
  out.send(1);
  out.close();
}
// expected-warning@+1 {{'in' is only received from, so its type can be RecvChan}}
void wrong_consumer(Chan<int> in) {
  use(*in.recv());
}
void right_consumer(RecvChan<int> in) { use(*in.recv()); }
// expected-warning@+1 {{'in'}}
void wrong_loop(Chan<int> in) {
  for (int v : in) use(v);
}
// expected-warning@+1 {{SendChan}}
void wrong_tries(const Chan<int>& out) {
  if (!out.try_send(1)) log("full");
}
// expected-warning@+1 {{RecvChan}}
void wrong_tries_to_receive(const Chan<int>& in) {
  if (in.try_recv().closed) log("closed");
}
// expected-warning@+1 {{SendChan}}
void wrong_task(Chan<int> out) {
  go([out] { out.send(compute()); });
}
// expected-warning@+1 {{SendChan}}
void wrong_guard(Chan<int> out) {
  Defer close([&] { out.close(); });
  out.send(1);
}
// expected-warning@+1 {{'in'}}
void wrong_select(Chan<int> in, const Context& stop) {
  select(on_recv(in, [](int v) { use(v); }), on_recv(stop.done()));
}
// expected-warning@+1 {{'in'}} expected-warning@+1 {{'out'}}
void wrong_both(Chan<int> in, Chan<int> out) {
  for (int v : in) select(on_send(out, v), otherwise());
}
// expected-warning@+1 {{SendChan}}
void wrong_handed_on(Chan<int> out) {
  right_producer(out);
}
// expected-warning@+1 {{RecvChan}}
void wrong_asks_too(Chan<int> in) {
  if (in.is_nil() || in.len() == 0) return;
  use(*in.recv());
}
// expected-warning@+1 {{SendChan}}
void wrong_given_to_go(Chan<int> out) {
  out.send(1);
}
void starts_it() { go(wrong_given_to_go, make_chan<int>(1)); }
class Stage {
 public:
  // expected-warning@+1 {{SendChan}}
  void wrong_run(Chan<int> out) {
    out.send(value_);
  }
  void right_keeps_it(Chan<int> out) { kept_ = out; }

 private:
  int value_ = 1;
  Chan<int> kept_;
};
void right_both_ways(Chan<int> both) {
  both.send(1);
  use(*both.recv());
}
void right_drained_after_close(Chan<int> both) {
  both.close();
  for (int v : both) use(v);
}
void takes(Chan<int> any);
void right_given_away(Chan<int> any) {
  takes(any);
  any.send(1);
}
void right_stored(Chan<int> out, std::vector<Chan<int>>& all) {
  out.send(1);
  all.push_back(out);
}
void right_only_asked(Chan<int> any) { use(any.len() != 0); }
void right_captured_anew(Chan<int> out) {
  go([mine = out] { mine.send(1); });
}
Chan<int> right_returned(Chan<int> out) {
  out.send(1);
  return out;
}
struct Sink {
  virtual ~Sink() = default;
  virtual void right_virtual(Chan<int> out) { out.send(1); }
};
template <class T>
void right_template(Chan<T> out) {
  out.send(T{});
}
void with_template() { right_template(make_chan<int>(1)); }
void right_overloaded(Chan<int> out) { out.send(1); }
void right_overloaded(int) {}
void right_by_address(Chan<int> out) { out.send(1); }
void (*const callback)(Chan<int>) = right_by_address;
void right_replaced(Chan<int>& out) {
  out = make_chan<int>(1);
  out.send(1);
}
void right_local() {
  Chan<int> out = make_chan<int>(1);
  out.send(1);
}
}  // namespace chan_narrow_direction
