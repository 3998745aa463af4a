// The six ways in which tasks are most often left behind (Saioc et al., Unveiling and Vanquishing Goroutine Leaks in Enterprise
// Microservices, CGO 2024).
// pairs: no_close_range method_contract_violation double_send early_return n_cast timeout
#include "pair.h"

using tenter::Chan;
using tenter::on_recv;
using tenter::RecvChan;
using tenter::select;
using tenter::SendChan;
using tenter::Unit;

// Workers range over jobs that nobody ever closes.
namespace no_close_range {
void start_workers(const Chan<int>& jobs) {
  for (int i = 0; i < 2; ++i) {
    tenter::go([jobs = RecvChan<int>(jobs)] {
      for (const int job : jobs) (void)job;  // <- here
    });
  }
}
// expect: task-leak reason=receive-no-sender proof=proven
void wrong() {
  auto jobs = tenter::make_chan<int>();
  start_workers(jobs);
  jobs.send(1);
  let_others_run();
}
void mended() {
  auto jobs = tenter::make_chan<int>();
  start_workers(jobs);
  jobs.send(1);
  jobs.close();
  wait_for_all();
}
}  // namespace no_close_range

// Start() without Stop().
namespace method_contract_violation {
class Service {
 public:
  void start() {
    tenter::go([work = RecvChan<int>(work_), done = RecvChan<Unit>(done_)] {
      select(on_recv(work), on_recv(done));  // <- here
    });
  }
  void stop() { done_.close(); }

 private:
  Chan<int> work_ = tenter::make_chan<int>();
  Chan<Unit> done_ = tenter::make_chan<Unit>();
};
// expect: task-leak reason=select-no-case proof=proven
void wrong() {
  Service().start();
  let_others_run();
}
void mended() {
  Service service;
  service.start();
  service.stop();
  wait_for_all();
}
}  // namespace method_contract_violation

// After the error it should have returned.
namespace double_send {
void answer(const SendChan<int>& to, bool fails, bool returns) {
  if (fails) to.send(-1);
  if (fails && returns) return;
  to.send(0);  // <- here
}
// expect: task-leak reason=send-no-receiver proof=proven
void wrong() {
  auto answers = tenter::make_chan<int>();
  tenter::go([answers = SendChan<int>(answers)] { answer(answers, true, false); });
  answers.recv();
  let_others_run();
}
void mended() {
  auto answers = tenter::make_chan<int>();
  tenter::go([answers = SendChan<int>(answers)] { answer(answers, true, true); });
  answers.recv();
  wait_for_all();
}
}  // namespace double_send

// The parent returns on an error before it has received from its child.
namespace early_return {
void ask(std::size_t room, bool fails) {
  auto answers = tenter::make_chan<int>(room);
  tenter::go([answers = SendChan<int>(answers)] { answers.send(1); });  // <- here
  if (fails) return;
  answers.recv();
}
// expect: task-leak reason=send-no-receiver proof=proven
void wrong() {
  ask(0, true);
  let_others_run();
}
void mended() {
  ask(1, true);
  wait_for_all();
}
}  // namespace early_return

// Several answer, and the first answer is taken.
namespace n_cast {
void ask_all(std::size_t room) {
  auto answers = tenter::make_chan<int>(room);
  for (int i = 0; i < 3; ++i) {
    tenter::go([answers = SendChan<int>(answers), i] { answers.send(i); });  // <- here
  }
  answers.recv();
}
// expect: task-leak reason=send-no-receiver proof=proven count=2
void wrong() {
  ask_all(0);
  let_others_run();
}
void mended() {
  ask_all(3);
  wait_for_all();
}
}  // namespace n_cast

// The time is over before the answer comes.
namespace timeout {
void ask(std::size_t room) {
  auto [context, cancel] = tenter::with_cancel(tenter::background());
  auto answers = tenter::make_chan<int>(room);
  cancel();
  tenter::go([answers = SendChan<int>(answers)] { answers.send(1); });  // <- here
  select(on_recv(context.done()), on_recv(Chan<int>()));
}
// expect: task-leak reason=send-no-receiver proof=proven
void wrong() {
  ask(0);
  let_others_run();
}
void mended() {
  ask(1);
  wait_for_all();
}
}  // namespace timeout

int main(int count, char** words) {
  return run_pair(count, words,
                  {PAIR(no_close_range), PAIR(method_contract_violation), PAIR(double_send), PAIR(early_return),
                   PAIR(n_cast), PAIR(timeout)});
}
