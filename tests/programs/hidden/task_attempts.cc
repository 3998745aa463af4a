// Attempts of tasks that fail because another task has what they are for, and questions about a channel or a context.
// pairs: mutex writer writer_before_reader reader_before_writer semaphore two_permits full_channel empty_channel
//   not_closed select_to_send select_to_receive length context_not_done
// libraries: -ltenter
#define HIDDEN_FROM_TASKS
#include "hidden.h"

namespace mutex {
tenter::Mutex wanted;
int total;
// expect: data-race certainty=predicted object=total
void take() { wanted.lock(); }
bool fails() { return !wanted.try_lock(); }
void give_back() { wanted.unlock(); }
}  // namespace mutex

namespace writer {
tenter::RWMutex wanted;
int total;
// expect: data-race certainty=predicted object=total
void take() { wanted.lock(); }
bool fails() { return !wanted.try_lock(); }
void give_back() { wanted.unlock(); }
}  // namespace writer

namespace writer_before_reader {
tenter::RWMutex wanted;
int total;
// expect: data-race certainty=predicted object=total
void take() { wanted.lock(); }
bool fails() { return !wanted.try_lock_shared(); }
void give_back() { wanted.unlock(); }
}  // namespace writer_before_reader

namespace reader_before_writer {
tenter::RWMutex wanted;
int total;
// expect: data-race certainty=predicted object=total
void take() { wanted.lock_shared(); }
bool fails() { return !wanted.try_lock(); }
void give_back() { wanted.unlock_shared(); }
}  // namespace reader_before_writer

namespace semaphore {
tenter::Semaphore wanted(1);
int total;
// expect: data-race certainty=predicted object=total
void take() { wanted.acquire(); }
bool fails() { return !wanted.try_acquire(); }
void give_back() { wanted.release(); }
}  // namespace semaphore

// One is left, and that is too few.
namespace two_permits {
tenter::Semaphore wanted(3);
int total;
// expect: data-race certainty=predicted object=total
void take() { wanted.acquire(2); }
bool fails() { return !wanted.try_acquire(2); }
void give_back() { wanted.release(2); }
}  // namespace two_permits

namespace full_channel {
tenter::Chan<int> wanted = tenter::make_chan<int>(1);
int total;
// expect: data-race certainty=predicted object=total
void take() { wanted.send(1); }
bool fails() { return !wanted.try_send(2); }
void give_back() { (void)wanted.recv(); }
}  // namespace full_channel

// One value goes round.
struct Token {
  Token() { channel.send(1); }
  void take() { (void)channel.recv(); }
  void give_back() { channel.send(1); }
  tenter::Chan<int> channel = tenter::make_chan<int>(1);
};

namespace empty_channel {
Token wanted;
int total;
// expect: data-race certainty=predicted object=total
void take() { wanted.take(); }
bool fails() { return !wanted.channel.try_recv().value; }
void give_back() { wanted.give_back(); }
}  // namespace empty_channel

// One side goes on where something has not been ended, and the other ends it and goes on too. The two race
// unless asking and going on are one step for the other side.
template <class Ask, class End>
void until_ended(Ask is_ended, End end, int& total, bool in_one_step) {
  const auto go_on = [&] {
    if (!is_ended()) total = 1;  // <- here
  };
  beside(
      [&] {
        if (in_one_step) {
          const std::lock_guard lock(curtain);
          go_on();
        } else {
          go_on();
          const std::lock_guard lock(curtain);
        }
        drawn.open();
      },
      [&] {
        pass(drawn);
        {
          const std::lock_guard lock(curtain);
          end();
        }
        total = 2;  // <- here
      });
}

namespace not_closed {
tenter::Chan<int> wanted = tenter::make_chan<int>();
int total;
// expect: data-race certainty=predicted object=total
bool is_closed() { return wanted.try_recv().closed; }
void close() { wanted.close(); }
void wrong() { until_ended(is_closed, close, total, false); }
void mended() { until_ended(is_closed, close, total, true); }
}  // namespace not_closed

namespace select_to_send {
tenter::Chan<int> wanted = tenter::make_chan<int>(1), other = tenter::make_chan<int>();
int total;
// expect: data-race certainty=predicted object=total
void take() { wanted.send(1); }
bool fails() { return tenter::select(tenter::on_recv(other), tenter::on_send(wanted, 2), tenter::otherwise()) == 2; }
void give_back() { (void)wanted.recv(); }
}  // namespace select_to_send

namespace select_to_receive {
Token wanted;
int total;
// expect: data-race certainty=predicted object=total
void take() { wanted.take(); }
bool fails() { return tenter::select(tenter::on_recv(wanted.channel), tenter::otherwise()) == 1; }
void give_back() { wanted.give_back(); }
}  // namespace select_to_receive

namespace length {
tenter::Chan<int> wanted = tenter::make_chan<int>(1);
int total;
// expect: data-race certainty=predicted object=total
void take() { wanted.send(1); }
bool fails() { return wanted.len() == 1; }
void give_back() { (void)wanted.recv(); }
}  // namespace length

namespace context_not_done {
int total;
// expect: data-race certainty=predicted object=total
void after(bool in_one_step) {
  const auto [context, cancel] = tenter::with_cancel(tenter::background());
  const auto is_done = [&context = context] { return static_cast<bool>(context.err()); };
  until_ended(is_done, cancel, total, in_one_step);
}
void wrong() { after(false); }
void mended() { after(true); }
}  // namespace context_not_done

int main(int count, char** words) {
  return run_pair(count, words,
                  {ATTEMPT(mutex), ATTEMPT(writer), ATTEMPT(writer_before_reader), ATTEMPT(reader_before_writer),
                   ATTEMPT(semaphore), ATTEMPT(two_permits), ATTEMPT(full_channel), ATTEMPT(empty_channel),
                   PAIR(not_closed), ATTEMPT(select_to_send), ATTEMPT(select_to_receive), ATTEMPT(length),
                   PAIR(context_not_done)});
}
