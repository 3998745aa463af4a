// One call of each function of libc that fills something in for the program, or sends it somewhere, each with an object of
// its own, and a look at all of these objects. Two programs do both, with and without an order between them.
#pragma once
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

inline char text[16] = "12 twelve", scratch[1024];
inline time_t moment = 1000;
inline tm day;
inline timeval moments;
inline timespec none;
inline socklen_t length;
inline iovec part;
inline iovec* parts(long* value) {
  part = {value, sizeof *value};
  return &part;
}
inline FILE* nowhere = fopen("/dev/null", "w");
inline FILE* zeros = fopen("/dev/zero", "r");
inline FILE* words = fmemopen(text, 9, "r");
inline int file = open(".", O_TMPFILE | O_RDWR, 0600);
inline int connection[2];
inline int made = socketpair(AF_UNIX, SOCK_STREAM, 0, connection);

inline int scratch_status;
inline sem_t semaphore;
inline pid_t fork_and_leave() {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  return child;
}

inline time_t in_time;
inline timeval in_gettimeofday;
inline timespec in_clock_gettime;
inline timespec in_clock_getres;
inline tms in_times;
inline tm in_localtime_r;
inline tm in_gmtime_r;
inline time_t in_gmtime_r_time;
inline tm in_mktime;
inline timespec in_nanosleep;
inline struct stat in_stat;
inline struct stat in_lstat;
inline struct stat in_fstat;
inline struct stat in_fstatat;
inline utsname in_uname;
inline rusage in_getrusage;
inline rlimit in_getrlimit;
inline struct sysinfo in_sysinfo;
inline long in_getentropy;
inline long in_getrandom;
inline in_addr in_inet_pton;
inline in_addr in_inet_ntop;
inline sigset_t in_sigprocmask;
inline sigset_t in_pthread_sigmask;
inline struct sigaction in_sigaction;
inline itimerval in_setitimer;
inline sockaddr_storage in_getsockname;
inline int in_getsockopt;
inline pollfd in_poll;
inline pollfd in_ppoll;
inline fd_set in_select;
inline fd_set in_pselect;
inline long in_read;
inline long in_write;
inline long in_send;
inline long in_recv;
inline long in_sendto;
inline long in_recvfrom;
inline long in_pwrite;
inline long in_pread;
inline long in_preadv;
inline long in_pwritev;
inline long in_readv;
inline long in_writev;
inline char in_strftime[4096] = "12 twelve";
inline char in_asctime_r[4096] = "12 twelve";
inline char in_ctime_r[4096] = "12 twelve";
inline char in_getcwd[4096] = "12 twelve";
inline char in_readlink[4096] = "12 twelve";
inline char in_realpath[4096] = "12 twelve";
inline char in_gethostname[4096] = "12 twelve";
inline char in_fread[4096] = "12 twelve";
inline char in_fread_unlocked[4096] = "12 twelve";
inline char in_fgets[4096] = "12 twelve";
inline char in_fwrite[4096] = "12 twelve";
inline char in_fwrite_unlocked[4096] = "12 twelve";
inline char in_fputs[4096] = "12 twelve";
inline char in_fscanf[4096] = "12 twelve";
inline tm in_strptime;
inline int in_waitpid;
inline int in_wait;
inline rusage in_wait3;
inline rusage in_wait4;
inline siginfo_t in_waitid;
inline int in_sem_getvalue;
inline int in_setsockopt;
inline passwd in_getpwuid_r;
inline passwd* in_getpwuid_r_found;
inline char in_mkstemp[64] = "./in_mkstemp.XXXXXX";
inline char in_pthread_getname_np[64] = "12 twelve";
inline char in_strerror_r[64] = "12 twelve";

inline void call_all() {
  time(&in_time);
  gettimeofday(&in_gettimeofday, nullptr);
  clock_gettime(CLOCK_MONOTONIC, &in_clock_gettime);
  clock_getres(CLOCK_MONOTONIC, &in_clock_getres);
  times(&in_times);
  localtime_r(&moment, &in_localtime_r);
  gmtime_r(&moment, &in_gmtime_r);
  gmtime_r(&in_gmtime_r_time, &day);
  mktime(&in_mktime);
  nanosleep(&in_nanosleep, nullptr);
  stat("/", &in_stat);
  lstat("/", &in_lstat);
  fstat(fileno(nowhere), &in_fstat);
  fstatat(AT_FDCWD, "/", &in_fstatat, 0);
  uname(&in_uname);
  getrusage(RUSAGE_SELF, &in_getrusage);
  getrlimit(RLIMIT_STACK, &in_getrlimit);
  sysinfo(&in_sysinfo);
  getentropy(&in_getentropy, 8);
  getrandom(&in_getrandom, 8, 0);
  inet_pton(AF_INET, "127.0.0.1", &in_inet_pton);
  inet_ntop(AF_INET, &in_inet_ntop, scratch, sizeof scratch);
  sigprocmask(SIG_BLOCK, nullptr, &in_sigprocmask);
  pthread_sigmask(SIG_BLOCK, nullptr, &in_pthread_sigmask);
  sigaction(SIGUSR1, nullptr, &in_sigaction);
  setitimer(ITIMER_PROF, &in_setitimer, nullptr);
  getsockname(connection[0], reinterpret_cast<sockaddr*>(&in_getsockname), &(length = sizeof in_getsockname));
  getsockopt(connection[0], SOL_SOCKET, SO_TYPE, &in_getsockopt, &(length = sizeof in_getsockopt));
  poll(&in_poll, 1, 0);
  ppoll(&in_ppoll, 1, &none, nullptr);
  select(8, &in_select, nullptr, nullptr, &(moments = timeval{}));
  pselect(8, nullptr, &in_pselect, nullptr, &none, nullptr);
  (write(connection[0], text, 8), read(connection[1], &in_read, 8));
  write(connection[0], &in_write, 8);
  send(connection[0], &in_send, 8, 0);
  recv(connection[1], &in_recv, 8, 0);
  sendto(connection[0], &in_sendto, 8, 0, nullptr, 0);
  recvfrom(connection[1], &in_recvfrom, 8, 0, nullptr, nullptr);
  pwrite(file, &in_pwrite, 8, 0);
  pread(file, &in_pread, 8, 0);
  preadv(file, parts(&in_preadv), 1, 0);
  pwritev(file, parts(&in_pwritev), 1, 0);
  (write(connection[0], text, 8), readv(connection[1], parts(&in_readv), 1));
  writev(connection[0], parts(&in_writev), 1);
  strftime(in_strftime, 16, "%d", &day);
  asctime_r(&day, in_asctime_r);
  ctime_r(&moment, in_ctime_r);
  getcwd(in_getcwd, sizeof in_getcwd);
  readlink("/proc/self/exe", in_readlink, 16);
  realpath("/", in_realpath);
  gethostname(in_gethostname, sizeof in_gethostname);
  fread(in_fread, 1, 4, zeros);
  fread_unlocked(in_fread_unlocked, 1, 4, zeros);
  fgets(in_fgets, 4, words);
  fwrite(in_fwrite, 1, 4, nowhere);
  fwrite_unlocked(in_fwrite_unlocked, 1, 4, nowhere);
  fputs(in_fputs, nowhere);
  fscanf(words, "%8s", in_fscanf);
  strptime("12", "%d", &in_strptime);
  waitpid(fork_and_leave(), &in_waitpid, 0);
  (fork_and_leave(), wait(&in_wait));
  (fork_and_leave(), wait3(&scratch_status, 0, &in_wait3));
  wait4(fork_and_leave(), nullptr, 0, &in_wait4);
  waitid(P_PID, static_cast<id_t>(fork_and_leave()), &in_waitid, WEXITED);
  sem_getvalue(&semaphore, &in_sem_getvalue);
  setsockopt(connection[0], SOL_SOCKET, SO_SNDBUF, &in_setsockopt, sizeof in_setsockopt);
  getpwuid_r(0, &in_getpwuid_r, scratch, sizeof scratch, &in_getpwuid_r_found);
  close(mkstemp(in_mkstemp));
  pthread_getname_np(pthread_self(), in_pthread_getname_np, sizeof in_pthread_getname_np);
  strerror_r(12345, in_strerror_r, sizeof in_strerror_r);
}

template <class T>
inline void touch(T& object) {
  *reinterpret_cast<char*>(&object) = 1;
}

inline void touch_all() {
  touch(in_time);
  touch(in_gettimeofday);
  touch(in_clock_gettime);
  touch(in_clock_getres);
  touch(in_times);
  touch(in_localtime_r);
  touch(in_gmtime_r);
  touch(in_gmtime_r_time);
  touch(in_mktime);
  touch(in_nanosleep);
  touch(in_stat);
  touch(in_lstat);
  touch(in_fstat);
  touch(in_fstatat);
  touch(in_uname);
  touch(in_getrusage);
  touch(in_getrlimit);
  touch(in_sysinfo);
  touch(in_getentropy);
  touch(in_getrandom);
  touch(in_inet_pton);
  touch(in_inet_ntop);
  touch(in_sigprocmask);
  touch(in_pthread_sigmask);
  touch(in_sigaction);
  touch(in_setitimer);
  touch(in_getsockname);
  touch(in_getsockopt);
  touch(in_poll);
  touch(in_ppoll);
  touch(in_select);
  touch(in_pselect);
  touch(in_read);
  touch(in_write);
  touch(in_send);
  touch(in_recv);
  touch(in_sendto);
  touch(in_recvfrom);
  touch(in_pwrite);
  touch(in_pread);
  touch(in_preadv);
  touch(in_pwritev);
  touch(in_readv);
  touch(in_writev);
  touch(in_strftime);
  touch(in_asctime_r);
  touch(in_ctime_r);
  touch(in_getcwd);
  touch(in_readlink);
  touch(in_realpath);
  touch(in_gethostname);
  touch(in_fread);
  touch(in_fread_unlocked);
  touch(in_fgets);
  touch(in_fwrite);
  touch(in_fwrite_unlocked);
  touch(in_fputs);
  touch(in_fscanf);
  touch(in_strptime);
  touch(in_waitpid);
  touch(in_wait);
  touch(in_wait3);
  touch(in_wait4);
  touch(in_waitid);
  touch(in_sem_getvalue);
  touch(in_setsockopt);
  touch(in_getpwuid_r);
  touch(in_getpwuid_r_found);
  touch(in_mkstemp);
  touch(in_pthread_getname_np);
  touch(in_strerror_r);
}
