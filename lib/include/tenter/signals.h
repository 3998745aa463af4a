// Signals that arrive on channels, as with Go's package os/signal (https://pkg.go.dev/os/signal). Whoever waits for one
// does so as for anything else, in ordinary code and not in a signal handler:
//
//   const auto stop = signals({SIGINT, SIGTERM});
//   select(on_recv(done), on_recv(stop, [](int number) { std::printf("signal %d\n", number); }));
//
// The signal's action is taken over until stop_signals(), or until the channel's last handle is gone; then it is what it was
// before. In the second case that shows with the next signal, which takes effect as if it had never been taken over.
//
// Up to 16 signals that nobody has received yet are kept, and more are dropped; so are equal ones that follow each other
// closely, as the kernel does with them. Several channels may ask for one signal, and each gets it. The channel is never
// closed. No task sent the value: a signal orders nothing.
//
// While somebody waits for a signal, the program is not asleep for good. A thread of the library passes the signals on, so
// they arrive although all workers are busy, and although all threads of the program block them.
//
// A child of fork() has the actions of before. Threads: everything here may be called by any task or thread at any time.
#pragma once
#include <csignal>
#include <initializer_list>

#include <tenter/channel.h>

namespace tenter {
namespace detail {

ChannelCore* signals_start(const int* numbers, std::size_t count);  // retained for the caller
void signals_stop(ChannelCore* channel);

}  // namespace detail

// A new channel on which these signals arrive from now on, by their numbers. Throws Error, and takes over nothing, if the
// list is empty or names what is no signal, cannot be caught (SIGKILL, SIGSTOP), or is raised by a fault (SIGSEGV, SIGBUS,
// SIGFPE, SIGILL), after which the program could not go on.
inline RecvChan<int> signals(std::initializer_list<int> numbers) {
  return detail::ChannelAccess::adopt<RecvChan<int>>(detail::signals_start(numbers.begin(), numbers.size()));
}

// Nothing arrives on the channel any more; what has can still be received. Of no effect if it is not one of signals(), or
// was stopped already.
inline void stop_signals(const RecvChan<int>& channel) { detail::signals_stop(detail::ChannelAccess::core(channel)); }

}  // namespace tenter
