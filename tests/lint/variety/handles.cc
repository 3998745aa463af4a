// Cancel functions and threads that are forgotten, and selects that never wait, in the shapes that programs have.
#include "common.h"

void watch(const Context& context);
bool answered(const Context& context);

// ---- ctx-lost-cancel ----------------------------------------------------------------------------------

namespace ctx_lost_cancel {
void wrong_unused(const Context& parent) {
  auto [context, cancel] = with_cancel(parent);  // expected-warning {{'cancel' is not called, so the context is never cancelled [tenter-ctx-lost-cancel]}}
  go([context] { watch(context); });
}
bool wrong_early_return(const Context& parent) {
  auto [context, cancel] = with_timeout(parent, 1s);  // expected-warning {{'cancel' is not called on a path out of}}
  if (!answered(context)) return false;
  cancel();
  return true;
}
bool right_both(const Context& parent) {
  auto [context, cancel] = with_timeout(parent, 1s);
  const bool done = answered(context);
  cancel();
  return done;
}
int wrong_deadline(const Context& parent) {
  auto [context, stop] = with_deadline(parent, std::chrono::steady_clock::now() + 1s);  // expected-warning {{'stop' is not}}
  if (failed()) return -1;
  if (answered(context)) {
    stop();
    return 1;
  }
  stop();
  return 0;
}
void wrong_in_a_loop(const Context& parent, int n) {
  for (int i = 0; i < n; ++i) {
    auto [context, cancel] = with_cancel(parent);  // expected-warning {{[tenter-ctx-lost-cancel]}}
    if (!answered(context)) continue;
    cancel();
  }
}
void right_in_a_loop(const Context& parent, int n) {
  for (int i = 0; i < n; ++i) {
    auto [context, cancel] = with_cancel(parent);
    if (!answered(context)) log("none");
    cancel();
  }
}
void wrong_cause(const Context& parent) {
  auto [context, fail] = with_cancel_cause(parent);  // expected-warning {{'fail' is not called on a path}}
  if (answered(context)) return;
  fail(std::make_exception_ptr(std::runtime_error("no answer")));
}
void wrong_in_a_task(Context parent) {
  go([parent] {
    auto [context, cancel] = with_timeout(parent, 10ms);  // expected-warning {{[tenter-ctx-lost-cancel]}}
    watch(context);
  });
}
int wrong_switch(const Context& parent, int what) {
  auto [context, cancel] = with_cancel(parent);  // expected-warning {{[tenter-ctx-lost-cancel]}}
  switch (what) {
    case 0: watch(context); cancel(); return 0;
    case 1: return 1;
    default: break;
  }
  cancel();
  return 2;
}
struct Client {
  CancelFunc stop_;
  Context context_ = background();
  void right_kept(const Context& parent) {
    auto [context, cancel] = with_cancel(parent);
    context_ = context;
    stop_ = cancel;
  }
  bool wrong_method(const Context& parent) {
    auto [context, cancel] = with_cancel(parent);  // expected-warning {{[tenter-ctx-lost-cancel]}}
    context_ = context;
    return answered(context_);
  }
};
void wrong_else(const Context& parent, bool now) {
  auto [context, cancel] = with_timeout(parent, 1h);  // expected-warning {{[tenter-ctx-lost-cancel]}}
  if (now) cancel();
  else watch(context);
}
template <class F>
void wrong_template(const Context& parent, F f) {
  auto [context, cancel] = with_cancel(parent);  // expected-warning {{[tenter-ctx-lost-cancel]}}
  f(context);
}
void use_template() {
  wrong_template(background(), [](const Context& context) { watch(context); });
}
void right_guard(const Context& parent) {
  auto [context, cancel] = with_cancel(parent);
  Defer stopping([&stop = cancel] { stop(); });
  if (failed()) return;
  watch(context);
}
void right_given_to_a_task(const Context& parent) {
  auto [context, cancel] = with_cancel(parent);
  go([stop = cancel] {
    sleep_for(1s);
    stop();
  });
  watch(context);
}
std::pair<Context, CancelFunc> right_returned(const Context& parent) { return with_timeout(parent, 1s); }
void right_pair(const Context& parent) {
  auto both = with_cancel(parent);
  watch(both.first);
  both.second();
}
void right_throws(const Context& parent) {
  auto [context, cancel] = with_cancel(parent);
  if (failed()) throw std::runtime_error("failed");
  cancel();
}
void right_stored(const Context& parent, std::vector<CancelFunc>& all) {
  auto [context, cancel] = with_cancel(parent);
  all.push_back(cancel);
  watch(context);
}
void right_list_is_not_empty(const Context& parent, RecvChan<int> a, RecvChan<int> b) {
  auto [context, cancel] = with_cancel(parent);
  for (const auto& each : {a, b}) select(on_recv(each, cancel), on_recv(context.done()));
}
void right_forever(const Context& parent) {
  auto [context, cancel] = with_cancel(parent);
  for (;;) {
    if (answered(context)) {
      cancel();
      return;
    }
  }
}
void right_both_branches(const Context& parent, bool now) {
  auto [context, cancel] = with_cancel(parent);
  if (now) {
    cancel();
    return;
  }
  watch(context);
  cancel();
}
}  // namespace ctx_lost_cancel

// ---- thread-not-joined --------------------------------------------------------------------------------

namespace thread_not_joined {
void wrong_thread() {
  std::thread worker([] { compute(); });  // expected-warning {{the thread 'worker' is neither joined nor detached, which ends the program [tenter-thread-not-joined]}}
  log("started");
}
bool wrong_on_a_path() {
  std::thread worker([] { compute(); });  // expected-warning {{on a path out of the function}}
  if (failed()) return false;
  worker.join();
  return true;
}
bool right_on_all_paths() {
  std::thread worker([] { compute(); });
  const bool bad = failed();
  worker.join();
  return !bad;
}
void wrong_in_a_loop(int n) {
  for (int i = 0; i < n; ++i) {
    std::thread worker(use, i);  // expected-warning {{[tenter-thread-not-joined]}}
    log("started");
  }
}
void right_in_a_loop(int n) {
  for (int i = 0; i < n; ++i) {
    std::thread worker(use, i);
    worker.detach();
  }
}
void wrong_continue(int n) {
  for (int i = 0; i < n; ++i) {
    std::thread worker(use, i);  // expected-warning {{[tenter-thread-not-joined]}}
    if (i == 3) continue;
    worker.join();
  }
}
void wrong_second() {
  std::thread first([] { compute(); });
  std::thread second([] { compute(); });  // expected-warning {{'second'}}
  first.join();
}
int wrong_switch(int what) {
  std::thread worker(use, what);  // expected-warning {{[tenter-thread-not-joined]}}
  switch (what) {
    case 0: worker.join(); return 0;
    case 1: return 1;
    default: worker.detach(); return 2;
  }
}
struct Service {
  std::thread worker_;
  void run();
  void wrong_start() {
    std::thread worker(&Service::run, this);  // expected-warning {{[tenter-thread-not-joined]}}
  }
  void right_start() {
    std::thread worker(&Service::run, this);
    worker_ = std::move(worker);
  }
  void right_member() { worker_ = std::thread(&Service::run, this); }
};
void wrong_braces() {
  std::thread worker{[] { compute(); }};  // expected-warning {{[tenter-thread-not-joined]}}
}
void wrong_assigned() {
  auto worker = std::thread([] { compute(); });  // expected-warning {{[tenter-thread-not-joined]}}
  log("started");
}
void wrong_in_a_lambda() {
  const auto start = [](int n) {
    std::thread worker(use, n);  // expected-warning {{[tenter-thread-not-joined]}}
  };
  start(1);
}
void right_jthread() {
  std::jthread worker([] { compute(); });
}
std::thread right_returned() {
  std::thread worker([] { compute(); });
  return worker;
}
void right_stored(std::vector<std::thread>& all) {
  std::thread worker([] { compute(); });
  all.push_back(std::move(worker));
}
void right_empty() {
  std::thread worker;
  log("not started");
}
void right_joinable() {
  std::thread worker([] { compute(); });
  if (worker.joinable()) worker.join();
}
void right_joined_by_guard() {
  std::thread worker([] { compute(); });
  Defer joining([&] { worker.join(); });
  if (failed()) return;
  log("succeeded");
}
void right_group(int n) {
  std::vector<std::thread> all;
  for (int i = 0; i < n; ++i) all.emplace_back(use, i);
  for (std::thread& each : all) each.join();
}
void wrong_only_asked() {
  std::thread worker([] { compute(); });  // expected-warning {{the thread 'worker' is neither joined nor detached}}
  if (worker.joinable()) log("still there");
}
void wrong_asked_and_left(bool wait) {
  std::thread worker([] { compute(); });  // expected-warning {{[tenter-thread-not-joined]}}
  if (!worker.joinable()) return;
  if (wait) worker.join();
}
void right_asked_first() {
  std::thread worker([] { compute(); });
  if (!worker.joinable()) return;
  worker.join();
}
void right_asked_before(bool wait) {
  std::thread worker([] { compute(); });
  const bool joinable = worker.joinable();
  if (wait && joinable) worker.join();
  if (!wait && worker.joinable()) worker.detach();
}
void wrong_group(int n) {
  std::vector<std::thread> all;
  all.reserve(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i) all.emplace_back(use, i);  // expected-warning {{the threads in 'all' are neither joined nor detached, which ends the program [tenter-thread-not-joined]}}
  use(static_cast<int>(all.size()));
}
void wrong_group_looked_at() {
  std::vector<std::thread> all;
  all.push_back(std::thread([] { compute(); }));  // expected-warning {{'all'}}
  for (const std::thread& each : all)
    if (each.joinable()) log("running");
}
void right_group_by_index(int n) {
  std::vector<std::thread> all;
  for (int i = 0; i < n; ++i) all.emplace_back(use, i);
  for (std::size_t i = 0; i < all.size(); ++i) all[i].join();
}
void right_group_where_joinable() {
  std::vector<std::thread> all;
  all.emplace_back([] { compute(); });
  for (std::thread& each : all)
    if (each.joinable()) each.join();
}
void right_group_of_the_finished(std::thread finished) {
  std::vector<std::thread> all;
  finished.join();
  all.push_back(std::move(finished));
}
std::vector<std::thread> right_group_returned() {
  std::vector<std::thread> all;
  all.emplace_back([] { compute(); });
  return all;
}
void right_group_in_a_lambda() {
  std::vector<std::thread> all;
  all.emplace_back([] { compute(); });
  Defer joining([&] {
    for (std::thread& each : all) each.join();
  });
}
}  // namespace thread_not_joined

// ---- select-busy-loop ---------------------------------------------------------------------------------

namespace select_busy_loop {
void wrong_for(RecvChan<int> in) {
  for (;;) {
    select(on_recv(in, use), otherwise());  // expected-warning {{this loop never waits: while no case can go ahead, it turns without doing anything [tenter-select-busy-loop]}}
  }
}
void wrong_while(RecvChan<int> in) {
  while (true) select(on_recv(in, use), otherwise([] {}));  // expected-warning {{[tenter-select-busy-loop]}}
}
void wrong_condition(RecvChan<int> in, const bool& stopped) {
  while (!stopped) {
    select(on_recv(in, [](int value) { use(value); }), otherwise());  // expected-warning {{[tenter-select-busy-loop]}}
  }
}
void wrong_two_cases(RecvChan<int> in, SendChan<int> out) {
  for (;;) select(on_recv(in, use), on_send(out, 1), otherwise());  // expected-warning {{[tenter-select-busy-loop]}}
}
void wrong_first_is_idle(RecvChan<int> in) {
  for (;;) {
    select(otherwise([] {}), on_recv(in, use));  // expected-warning {{[tenter-select-busy-loop]}}
  }
}
void wrong_in_a_task(RecvChan<int> in) {
  go([in] {
    for (;;) select(on_recv(in, use), otherwise());  // expected-warning {{[tenter-select-busy-loop]}}
  });
}
class Mailbox {
 public:
  void wrong_loop() {
    while (open_) {
      select(on_recv(in_, [this](int value) { last_ = value; }), otherwise());  // expected-warning {{[tenter-select-busy-loop]}}
    }
  }
  void right_loop() {
    while (open_) {
      select(on_recv(in_, [this](int value) { last_ = value; }));
    }
  }
  void right_yields() {
    while (open_) {
      select(on_recv(in_, [this](int value) { last_ = value; }), otherwise([] { yield(); }));
    }
  }

 private:
  RecvChan<int> in_;
  int last_ = 0;
  bool open_ = true;
};
void wrong_do(RecvChan<int> in, const bool& stopped) {
  do {
    select(on_recv(in, use), otherwise());  // expected-warning {{[tenter-select-busy-loop]}}
  } while (!stopped);
}
void wrong_nested(RecvChan<RecvChan<int>> all, const bool& over) {
  for (RecvChan<int> in : all)
    while (!over) select(on_recv(in, use), otherwise());  // expected-warning {{[tenter-select-busy-loop]}}
}
void wrong_switch(RecvChan<int> in, RecvChan<Unit> quit) {
  for (;;) {
    switch (select(on_recv(in, use), on_recv(quit), otherwise())) {  // expected-warning {{[tenter-select-busy-loop]}}
      case 1: return;
      default: break;
    }
  }
}
void right_sleeps(RecvChan<int> in) {
  for (;;) {
    select(on_recv(in, use), otherwise());
    sleep_for(1ms);
  }
}
void right_timer(RecvChan<int> in) {
  for (;;) select(on_recv(in, use), on_recv(after(1s)));
}
void right_works(RecvChan<int> in) {
  for (;;) select(on_recv(in, use), otherwise([] { compute(); }));
}
void right_counted(RecvChan<int> in) {
  for (int i = 0; i < 10; ++i) select(on_recv(in, use), otherwise());
}
void right_once(RecvChan<int> in) { select(on_recv(in, use), otherwise()); }
void right_by_index(RecvChan<int> in) {
  for (;;) {
    if (select(on_recv(in, use), otherwise()) == 1) return;
  }
}
void right_switch(RecvChan<int> in) {
  for (;;) {
    switch (select(on_recv(in, use), otherwise())) {
      case 1: sleep_for(1ms); break;
      default: break;
    }
  }
}
void right_drains(RecvChan<int> in) {
  bool empty = false;
  while (!empty) select(on_recv(in, use), otherwise([&] { empty = true; }));
}
void right_rest_of_the_loop(RecvChan<int> in) {
  for (;;) {
    select(on_recv(in, use), otherwise());
    compute();
  }
}
}  // namespace select_busy_loop
