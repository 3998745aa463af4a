// Ways in which libc lets one thread follow another. Each scenario has a variable of its own: one thread writes it and
// then does something, the other waits for that and writes it too. With `ordered` false the first one writes too late.
#pragma once
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <thread>

#include "gate.h"

inline int over_pipe, over_duplicate, over_stream, over_eventfd_polled, over_eventfd_selected, over_epoll,
    over_epoll_add, over_connection, over_splice, over_close, over_formatted, over_many, over_timer, by_sigwait,
    by_signalfd, by_pthread_kill, by_sigaction, by_exit, under_flockfile;

template <class Send, class Receive>
void pass(bool ordered, int& variable, Send send, Receive receive) {
  std::thread receiver([&] {
    receive();
    variable = 2;
  });
  if (ordered) variable = 1;
  send();
  if (!ordered) variable = 1;
  receiver.join();
}

inline void check(bool good) {
  if (!good) abort();
}
inline void put(int fd) { check(write(fd, "12345678", 8) == 8); }
inline void get(int fd) {
  char bytes[8];
  check(read(fd, bytes, 8) >= 0);
}

inline void pipes(bool ordered) {
  int ends[2], more[2], last[2];
  check(pipe(ends) == 0 && pipe(more) == 0 && pipe(last) == 0);
  pass(ordered, over_pipe, [&] { put(ends[1]); }, [&] { get(ends[0]); });
  const int copy = fcntl(ends[1], F_DUPFD_CLOEXEC, 100);
  pass(ordered, over_duplicate, [&] { put(copy); }, [&] { get(ends[0]); });
  pass(ordered, over_formatted, [&] { dprintf(copy, "%d", 1); }, [&] { get(ends[0]); });
  FILE* out = fdopen(more[1], "w");
  FILE* in = fdopen(more[0], "r");
  char line[16];
  pass(ordered, over_stream, [&] { fprintf(out, "%d\n", 1), fflush(out); }, [&] { check(fgets(line, 16, in)); });
  fclose(out);
  fclose(in);
  put(copy);
  const auto splice_it = [&] { check(splice(ends[0], nullptr, last[1], nullptr, 8, 0) == 8); };
  pass(ordered, over_splice, splice_it, [&] { get(last[0]); });
  pass(ordered, over_close, [&] { close(last[1]); }, [&] { get(last[0]); });
}

inline void sockets(bool ordered) {
  int ends[2];
  check(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);
  char out[8] = "many", in[8];
  iovec from{out, 8}, to{in, 8};
  mmsghdr sent{}, received{};
  sent.msg_hdr.msg_iov = &from, received.msg_hdr.msg_iov = &to;
  sent.msg_hdr.msg_iovlen = received.msg_hdr.msg_iovlen = 1;
  const auto send_many = [&] { check(sendmmsg(ends[0], &sent, 1, 0) == 1); };
  pass(ordered, over_many, send_many, [&] { check(recvmmsg(ends[1], &received, 1, 0, nullptr) == 1); });

  const int listening = socket(AF_INET, SOCK_STREAM, 0), calling = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* any = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  check(bind(listening, any, size) == 0 && listen(listening, 1) == 0 && getsockname(listening, any, &size) == 0);
  const auto call = [&] { check(connect(calling, any, size) == 0); };
  pass(ordered, over_connection, call, [&] { check(accept(listening, nullptr, nullptr) >= 0); });
}

inline void readiness(bool ordered) {
  const int polled = eventfd(0, 0), selected = eventfd(0, 0), watched = eventfd(0, 0), late = eventfd(1, 0);
  pass(
      ordered, over_eventfd_polled, [&] { eventfd_write(polled, 1); },
      [&] {
        pollfd wanted{polled, POLLIN, 0};
        check(poll(&wanted, 1, -1) == 1);
      });
  pass(
      ordered, over_eventfd_selected, [&] { eventfd_write(selected, 1); },
      [&] {
        fd_set readable;
        FD_ZERO(&readable);
        FD_SET(selected, &readable);
        check(select(selected + 1, &readable, nullptr, nullptr, nullptr) == 1);
      });
  const int epoll = epoll_create1(0);
  epoll_event wanted{EPOLLIN | EPOLLET, {}}, event;
  epoll_ctl(epoll, EPOLL_CTL_ADD, watched, &wanted);
  const auto wait = [&] { check(epoll_wait(epoll, &event, 1, -1) == 1); };
  pass(ordered, over_epoll, [&] { eventfd_write(watched, 1); }, wait);
  pass(ordered, over_epoll_add, [&] { epoll_ctl(epoll, EPOLL_CTL_ADD, late, &wanted); }, wait);
  const int timer = timerfd_create(CLOCK_MONOTONIC, 0);
  const itimerspec soon{{0, 0}, {0, 1}};
  pass(ordered, over_timer, [&] { timerfd_settime(timer, 0, &soon, nullptr); }, [&] { get(timer); });
}

inline int* written_by_handler;
inline Gate handled[2];
inline void handler(int signal) {
  *written_by_handler = 2;
  handled[signal == SIGUSR1].open();
}

inline void signals(bool ordered) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  int taken = 0;
  pass(ordered, by_sigwait, [] { kill(getpid(), SIGRTMIN); }, [&] { sigwait(&set, &taken); });
  const int fd = signalfd(-1, &set, 0);
  signalfd_siginfo info;
  const auto read_it = [&] { check(read(fd, &info, sizeof info) == sizeof info); };
  pass(ordered, by_signalfd, [] { raise(SIGRTMIN), kill(getpid(), SIGRTMIN); }, read_it);

  // The handler interrupts the other thread.
  written_by_handler = &by_pthread_kill;
  signal(SIGUSR1, handler);
  std::thread interrupted([] { handled[1].wait(); });
  if (ordered) by_pthread_kill = 1;
  pthread_kill(interrupted.native_handle(), SIGUSR1);
  if (!ordered) by_pthread_kill = 1;
  interrupted.join();

  // The other thread, which is there already, sends the signal to itself.
  written_by_handler = &by_sigaction;
  Gate installed;
  std::thread raising([&] {
    installed.wait();
    kill(getpid(), SIGUSR2);
    handled[0].wait();
  });
  sigaddset(&set, SIGUSR2);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);  // not for this thread
  struct sigaction wanted{};
  wanted.sa_handler = handler;
  if (ordered) by_sigaction = 1;
  sigaction(SIGUSR2, &wanted, nullptr);
  if (!ordered) by_sigaction = 1;
  installed.open();
  raising.join();
}

inline void files(bool ordered) {
  FILE* file = tmpfile();
  const auto locked = [&] {
    if (ordered) flockfile(file);
    ++under_flockfile;
    if (ordered) funlockfile(file);
  };
  std::thread other(locked);
  locked();
  other.join();
}

// Last, as it does not return: the other thread ends the process, and runs what this one has registered.
inline void at_exit(bool ordered) {
  Gate registered, never;
  std::thread other([&] {
    registered.wait();
    exit(0);
  });
  if (ordered) by_exit = 1;
  atexit([] { by_exit = 2; });
  if (!ordered) by_exit = 1;
  registered.open();
  never.wait();
}

inline void all_in_order(bool ordered) {
  pipes(ordered);
  sockets(ordered);
  readiness(ordered);
  signals(ordered);
  files(ordered);
  at_exit(ordered);
}
