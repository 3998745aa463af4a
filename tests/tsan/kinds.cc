// What the library says itself, one thing for each argument.
#include <stdexcept>
#include <string_view>

#include <tenter/tenter.h>

#include "tasks.h"

using namespace tenter;

template <class F>
int leave_behind(F waits) {
  go(waits);
  let_others_run();
  return 0;
}

template <class F>
int expect_error(F misuse) {
  try {
    misuse();
  } catch (const Error&) {
    return 0;
  }
  return 1;
}

int do_it(std::string_view what) {
  auto channel = make_chan<int>();
  auto* const mutex = new Mutex;
  auto* const group = new WaitGroup;
  if (what == "asleep") { return channel.recv().has_value() ? 1 : 0; }
  if (what == "leaked-send") { return leave_behind([=] { channel.send(1); }); }
  if (what == "leaked-receive") { return leave_behind([=] { channel.recv(); }); }
  if (what == "leaked-select") { return leave_behind([=] { select(on_recv(channel), on_send(channel, 1)); }); }
  if (what == "leaked-nil") { return leave_behind([] { Chan<int>().recv(); }); }
  if (what == "leaked-lock") {
    mutex->lock();
    return leave_behind([=] { mutex->lock(); });
  }
  if (what == "leaked-group") {
    group->add(1);
    return leave_behind([=] { group->wait(); });
  }
  if (what == "lost-cancel") {
    Context context = with_cancel(background()).first;
    return leave_behind([context] { context.done().recv(); });
  }
  if (what == "send-on-closed") {
    channel.close();
    return expect_error([&] { channel.send(1); });
  }
  if (what == "close-of-closed") {
    channel.close();
    return expect_error([&] { channel.close(); });
  }
  if (what == "close-of-nil") { return expect_error([] { Chan<int>().close(); }); }
  if (what == "negative") { return expect_error([&] { group->done(); }); }
  if (what == "unlock") { return expect_error([&] { mutex->unlock(); }); }
  if (what == "unlock-of-others") {
    mutex->lock();
    return leave_behind([=] { mutex->unlock(); });
  }
  if (what == "uncaught") {
    go([] { throw std::runtime_error("the disk is full"); });
    channel.recv();
  }
  return 1;
}

int main(int, char** argv) {
  set_max_workers(1);
  return run([=] { return do_it(argv[1]); });
}
