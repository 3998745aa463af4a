// checks: -*,possible,contract-mismatch,chan-double-close,lock-double,chan-nil-op
// Declarations that promise something of a channel, and bodies that keep the promise or do not; and remarks that silence
// what nobody says.
#include "common.h"

// ---- contract-mismatch --------------------------------------------------------------------------------

namespace contract_mismatch {
// expected-warning@+1 {{'out' is promised to be closed, and on some path is not [tenter-contract-mismatch]}}
void wrong_on_a_path(TENTER_CLOSES Chan<int> out, bool now) {
  if (now) out.close();
}
void right_on_all_paths(TENTER_CLOSES Chan<int> out, bool now) {
  if (now) out.send(1);
  out.close();
}
// expected-warning@+1 {{'out' is promised to be closed, and never is}}
void wrong_never(TENTER_CLOSES Chan<int> out) {
  out.send(1);
}
// expected-warning@+1 {{'out' is promised to be closed before this returns, and is closed by a task}}
void wrong_by_a_task(TENTER_CLOSES Chan<int> out) {
  go([out] { out.close(); });
}
void right_by_a_task(TENTER_OWNS_CLOSE Chan<int> out) {
  go([out] { out.close(); });
}
// expected-warning@+1 {{'out' is promised to be closed some time, and never is}}
void wrong_owner(TENTER_OWNS_CLOSE Chan<int> out) {
  out.send(1);
}
// expected-warning@+1 {{'out' is promised to be sent on, and never is}}
void wrong_no_send(TENTER_SENDS Chan<int> out) {
  use(out.len() != 0);
}
void right_sends(TENTER_SENDS Chan<int> out) { out.send(1); }
// expected-warning@+1 {{'in' is promised to be received from, and never is}}
void wrong_no_receive(TENTER_RECEIVES RecvChan<int> in) {
  use(in.cap() != 0);
}
void right_receives(TENTER_RECEIVES RecvChan<int> in) {
  for (int v : in) use(v);
}
// expected-warning@+1 {{'out' is closed, which its declaration does not tell}}
void wrong_closes_too(TENTER_SENDS Chan<int> out) {
  out.send(1);
  out.close();
}
// expected-warning@+1 {{'both' is received from, which its declaration does not tell}}
void wrong_receives_too(TENTER_SENDS Chan<int> both) {
  both.send(1);
  use(*both.recv());
}
// expected-warning@+1 {{'both' is sent on, which its declaration does not tell}}
void wrong_sends_too(TENTER_RECEIVES Chan<int> both) {
  use(*both.recv());
  both.send(1);
}
void wrong_as_declared(TENTER_CLOSES Chan<int> out);
// expected-warning@+1 {{'out' is promised to be closed, and never is}}
void wrong_as_declared(Chan<int> out) {
  out.send(1);
}
struct Stage {
  // expected-warning@+1 {{'out' is promised to be closed, and on some path is not}}
  void wrong_method(TENTER_CLOSES Chan<int> out) {
    if (failed()) return;
    out.close();
  }
  void right_method(TENTER_CLOSES Chan<int> out) {
    Defer close([&] { out.close(); });
    if (failed()) return;
    out.send(1);
  }
};
void right_sends_and_receives(TENTER_SENDS TENTER_RECEIVES Chan<int> both) {
  both.send(1);
  use(*both.recv());
}
void right_sends_before_it_closes(TENTER_CLOSES Chan<int> out) {
  out.send(1);
  out.close();
}
void right_given_on(TENTER_CLOSES Chan<int> out) { right_sends_before_it_closes(out); }
void elsewhere(Chan<int> any);
void right_who_knows(TENTER_CLOSES Chan<int> out) { elsewhere(out); }
void right_asks(TENTER_CLOSES Chan<int> out) {
  if (out) out.close();
}
void right_without_promise(Chan<int> out) { out.close(); }
void right_only_declared(TENTER_CLOSES Chan<int> out);
void right_selects(TENTER_SENDS Chan<int> out, const Context& stop) { select(on_send(out, 1), on_recv(stop.done())); }
void right_throws(TENTER_CLOSES Chan<int> out) {
  if (failed()) throw std::runtime_error("failed");
  out.close();
}
void right_never_returns(TENTER_CLOSES Chan<int> out) {
  for (;;) out.send(1);
}

// Of what is silenced, and of what would be said there.
void wrong_remark() {
  // expected-warning@+1 {{possibly, this silences tenter-chan-double-close, of which nothing is said here}}
  log("a");  // NOLINT(tenter-chan-double-close)
}
void right_remark() {
  auto c = make_chan<int>(1);
  c.close();
  c.close();  // NOLINT(tenter-chan-double-close)
}
void wrong_next_line() {
  // expected-warning@+1 {{possibly, this silences tenter-lock-double}}
  // NOLINTNEXTLINE(tenter-lock-double)
  log("a");
}
void right_next_line(Mutex& mutex) {
  mutex.lock();
  // NOLINTNEXTLINE(tenter-lock-double)
  mutex.lock();
}
// expected-warning@+1 {{possibly, this silences tenter-chan-nil-op}}
TENTER_LINT_ALLOW("chan-nil-op") void wrong_allowance() {
  log("a");
}
TENTER_LINT_ALLOW("chan-nil-op") void right_allowance() {
  Chan<int> none;
  none.close();
}
void right_remark_of_others() {
  log("a");  // NOLINT(bugprone-unused-return-value)
}
void right_remark_about_everything() {
  log("a");  // NOLINT
}
void right_block() {
  auto c = make_chan<int>(1);
  // NOLINTBEGIN(tenter-chan-double-close)
  c.close();
  c.close();
  // NOLINTEND(tenter-chan-double-close)
}
void wrong_block() {
  auto c = make_chan<int>(1);
  // expected-warning@+1 {{possibly, this silences tenter-chan-double-close}}
  // NOLINTBEGIN(tenter-chan-double-close)
  c.close();
  // NOLINTEND(tenter-chan-double-close)
}
}  // namespace contract_mismatch
