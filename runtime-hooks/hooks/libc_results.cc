// What libc's functions fill in for the program, and what they read of it: times, names, facts about files.
//
// Some of them give back memory that all threads share (localtime, readdir on one directory). It is written anew by each
// call, and told so: two threads that use it race.
#include <arpa/inet.h>
#include <dirent.h>
#include <netdb.h>
#include <pthread.h>
#include <pwd.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hooks/libc_access.h"

namespace tenter::hooks {

using record::Pc;
using std::size_t;

// ---- times -----------------------------------------------------------------------------------------------

TENTER_INTERPOSE(time_t, time, (time_t* now)) {
  const time_t result = REAL(time)(now);
  told_result(now, true, TENTER_CALLER_PC());
  return result;
}
TENTER_INTERPOSE(int, gettimeofday, (timeval * now, void* zone)) {
  const int result = REAL(gettimeofday)(now, zone);
  told_result(now, result == 0, TENTER_CALLER_PC());
  return result;
}
TENTER_INTERPOSE(int, clock_gettime, (clockid_t clock, timespec* now)) {
  const int result = REAL(clock_gettime)(clock, now);
  told_result(now, result == 0, TENTER_CALLER_PC());
  return result;
}
TENTER_INTERPOSE(int, clock_getres, (clockid_t clock, timespec* resolution)) {
  const int result = REAL(clock_getres)(clock, resolution);
  told_result(resolution, result == 0, TENTER_CALLER_PC());
  return result;
}
TENTER_INTERPOSE(clock_t, times, (tms * used)) {
  const clock_t result = REAL(times)(used);
  told_result(used, result != static_cast<clock_t>(-1), TENTER_CALLER_PC());
  return result;
}

#define TENTER_BROKEN_DOWN(function)                                  \
  TENTER_INTERPOSE(tm*, function, (const time_t* when)) {             \
    const Pc pc = TENTER_CALLER_PC();                                 \
    told_read(when, sizeof *when, pc);                                \
    tm* result = REAL(function)(when);                                \
    told_result(result, true, pc);                                    \
    return result;                                                    \
  }                                                                   \
  TENTER_INTERPOSE(tm*, function##_r, (const time_t* when, tm* to)) { \
    const Pc pc = TENTER_CALLER_PC();                                 \
    told_read(when, sizeof *when, pc);                                \
    tm* result = REAL(function##_r)(when, to);                        \
    told_result(result, true, pc);                                    \
    return result;                                                    \
  }
TENTER_BROKEN_DOWN(localtime)
TENTER_BROKEN_DOWN(gmtime)

#define TENTER_TIME_AS_TEXT(function, type)                             \
  TENTER_INTERPOSE(char*, function, (const type* when)) {               \
    const Pc pc = TENTER_CALLER_PC();                                   \
    told_read(when, sizeof *when, pc);                                  \
    char* text = REAL(function)(when);                                  \
    told_new_string(text, pc);                                          \
    return text;                                                        \
  }                                                                     \
  TENTER_INTERPOSE(char*, function##_r, (const type* when, char* to)) { \
    const Pc pc = TENTER_CALLER_PC();                                   \
    told_read(when, sizeof *when, pc);                                  \
    char* text = REAL(function##_r)(when, to);                          \
    told_new_string(text, pc);                                          \
    return text;                                                        \
  }
TENTER_TIME_AS_TEXT(ctime, time_t)
TENTER_TIME_AS_TEXT(asctime, tm)

TENTER_INTERPOSE(size_t, strftime, (char* to, size_t room, const char* format, const tm* when)) {
  const Pc pc = TENTER_CALLER_PC();
  told_read(when, sizeof *when, pc);
  const size_t length = REAL(strftime)(to, room, format, when);
  if (length != 0) { told_write(to, length + 1, pc); }
  return length;
}
TENTER_INTERPOSE(time_t, mktime, (tm * when)) {
  const time_t result = REAL(mktime)(when);
  told_result(when, true, TENTER_CALLER_PC());  // it is put in order, too
  return result;
}

TENTER_INTERPOSE(char*, strptime, (const char* text, const char* format, tm* when)) {
  char* end = REAL(strptime)(text, format, when);
  if (end != nullptr) {
    const Pc pc = TENTER_CALLER_PC();
    told_read(text, static_cast<size_t>(end - text), pc);
    told_result(when, true, pc);
  }
  return end;
}

// ---- files -----------------------------------------------------------------------------------------------

#define TENTER_STAT(function, parameters, arguments)     \
  TENTER_INTERPOSE(int, function, parameters) {          \
    const int result = REAL(function) arguments;         \
    told_result(facts, result == 0, TENTER_CALLER_PC()); \
    return result;                                       \
  }
TENTER_STAT(stat, (const char* path, struct ::stat* facts), (path, facts))
TENTER_STAT(lstat, (const char* path, struct ::stat* facts), (path, facts))
TENTER_STAT(fstat, (int fd, struct ::stat* facts), (fd, facts))
TENTER_STAT(fstatat, (int directory, const char* path, struct ::stat* facts, int flags),
            (directory, path, facts, flags))
TENTER_STAT(stat64, (const char* path, struct ::stat64* facts), (path, facts))
TENTER_STAT(lstat64, (const char* path, struct ::stat64* facts), (path, facts))
TENTER_STAT(fstat64, (int fd, struct ::stat64* facts), (fd, facts))
TENTER_STAT(fstatat64, (int directory, const char* path, struct ::stat64* facts, int flags),
            (directory, path, facts, flags))

#define TENTER_READLINK(function, parameters, arguments)                                 \
  TENTER_INTERPOSE(ssize_t, function, parameters) {                                      \
    const ssize_t length = REAL(function) arguments;                                     \
    if (length > 0) { told_write(to, static_cast<size_t>(length), TENTER_CALLER_PC()); } \
    return length;                                                                       \
  }
TENTER_READLINK(readlink, (const char* path, char* to, size_t room), (path, to, room))
TENTER_READLINK(__readlink_chk, (const char* path, char* to, size_t room, size_t known), (path, to, room, known))
TENTER_READLINK(readlinkat, (int directory, const char* path, char* to, size_t room), (directory, path, to, room))

TENTER_INTERPOSE(char*, getcwd, (char* to, size_t room)) {
  char* path = REAL(getcwd)(to, room);
  told_new_string(path, TENTER_CALLER_PC());
  return path;
}
TENTER_INTERPOSE(char*, __getcwd_chk, (char* to, size_t room, size_t known)) {
  char* path = REAL(__getcwd_chk)(to, room, known);
  told_new_string(path, TENTER_CALLER_PC());
  return path;
}
TENTER_INTERPOSE(char*, realpath, (const char* path, char* to)) {
  const Pc pc = TENTER_CALLER_PC();
  if (path != nullptr) { told_string(path, pc); }
  char* result = REAL(realpath)(path, to);
  told_new_string(result, pc);
  return result;
}
TENTER_INTERPOSE(char*, __realpath_chk, (const char* path, char* to, size_t room)) {
  const Pc pc = TENTER_CALLER_PC();
  if (path != nullptr) { told_string(path, pc); }
  char* result = REAL(__realpath_chk)(path, to, room);
  told_new_string(result, pc);
  return result;
}

// The name's last letters are replaced.
#define TENTER_TEMPORARY(type, function)           \
  TENTER_INTERPOSE(type, function, (char* name)) { \
    const auto result = REAL(function)(name);      \
    told_new_string(name, TENTER_CALLER_PC());     \
    return result;                                 \
  }
TENTER_TEMPORARY(int, mkstemp)
TENTER_TEMPORARY(int, mkstemp64)
TENTER_TEMPORARY(char*, mkdtemp)

#define TENTER_READDIR(function, entry_type)                                          \
  TENTER_INTERPOSE(entry_type*, function, (DIR * directory)) {                        \
    entry_type* entry = REAL(function)(directory);                                    \
    if (entry != nullptr) { told_write(entry, entry->d_reclen, TENTER_CALLER_PC()); } \
    return entry;                                                                     \
  }
TENTER_READDIR(readdir, dirent)
TENTER_READDIR(readdir64, dirent64)

// ---- the system ------------------------------------------------------------------------------------------

TENTER_INTERPOSE(int, gethostname, (char* to, size_t room)) {
  const int result = REAL(gethostname)(to, room);
  if (result == 0) { told_new_string(to, TENTER_CALLER_PC()); }
  return result;
}
TENTER_INTERPOSE(int, uname, (utsname * names)) {
  const int result = REAL(uname)(names);
  told_result(names, result == 0, TENTER_CALLER_PC());
  return result;
}
TENTER_INTERPOSE(int, getrusage, (__rusage_who_t who, rusage* used)) {
  const int result = REAL(getrusage)(who, used);
  told_result(used, result == 0, TENTER_CALLER_PC());
  return result;
}
TENTER_INTERPOSE(int, getrlimit, (__rlimit_resource_t what, rlimit* limits)) {
  const int result = REAL(getrlimit)(what, limits);
  told_result(limits, result == 0, TENTER_CALLER_PC());
  return result;
}
TENTER_INTERPOSE(int, sysinfo, (struct ::sysinfo * facts)) {
  const int result = REAL(sysinfo)(facts);
  told_result(facts, result == 0, TENTER_CALLER_PC());
  return result;
}
TENTER_INTERPOSE(ssize_t, getrandom, (void* to, size_t size, unsigned flags)) {
  const ssize_t done = REAL(getrandom)(to, size, flags);
  if (done > 0) { told_write(to, static_cast<size_t>(done), TENTER_CALLER_PC()); }
  return done;
}
TENTER_INTERPOSE(int, getentropy, (void* to, size_t size)) {
  const int result = REAL(getentropy)(to, size);
  if (result == 0) { told_write(to, size, TENTER_CALLER_PC()); }
  return result;
}

TENTER_INTERPOSE(char*, strerror_r, (int error, char* to, size_t room)) {
  char* text = REAL(strerror_r)(error, to, room);
  if (text == to) { told_new_string(to, TENTER_CALLER_PC()); }
  return text;
}
TENTER_INTERPOSE(int, __xpg_strerror_r, (int error, char* to, size_t room)) {
  const int result = REAL(__xpg_strerror_r)(error, to, room);
  if (result == 0) { told_new_string(to, TENTER_CALLER_PC()); }
  return result;
}

// ---- children and threads --------------------------------------------------------------------------------

TENTER_INTERPOSE(pid_t, wait, (int* status)) {
  const pid_t child = REAL(wait)(status);
  told_result(status, child > 0, TENTER_CALLER_PC());
  return child;
}
TENTER_INTERPOSE(pid_t, waitpid, (pid_t which, int* status, int options)) {
  const pid_t child = REAL(waitpid)(which, status, options);
  told_result(status, child > 0, TENTER_CALLER_PC());
  return child;
}
#define TENTER_WAIT_WITH_USE(function, parameters, arguments) \
  TENTER_INTERPOSE(pid_t, function, parameters) {             \
    const pid_t child = REAL(function) arguments;             \
    const Pc pc = TENTER_CALLER_PC();                         \
    told_result(status, child > 0, pc);                       \
    told_result(used, child > 0, pc);                         \
    return child;                                             \
  }
TENTER_WAIT_WITH_USE(wait3, (int* status, int options, rusage* used), (status, options, used))
TENTER_WAIT_WITH_USE(wait4, (pid_t which, int* status, int options, rusage* used), (which, status, options, used))
TENTER_INTERPOSE(int, waitid, (idtype_t kind, id_t which, siginfo_t* facts, int options)) {
  const int result = REAL(waitid)(kind, which, facts, options);
  told_result(facts, result == 0, TENTER_CALLER_PC());
  return result;
}
TENTER_INTERPOSE(int, sem_getvalue, (sem_t * semaphore, int* value)) {
  const int result = REAL(sem_getvalue)(semaphore, value);
  if (result == 0 && record::active()) { record::look(trace::Op::sem_look, 0, 0, semaphore, 0, TENTER_CALLER_PC()); }
  told_result(value, result == 0, TENTER_CALLER_PC());
  return result;
}
TENTER_INTERPOSE(int, pthread_getname_np, (pthread_t thread, char* to, size_t room)) {
  const int result = REAL(pthread_getname_np)(thread, to, room);
  if (result == 0) { told_new_string(to, TENTER_CALLER_PC()); }
  return result;
}

// setenv() and its kind may be called while no other thread looks at the environment. `environ` stands for all of it.
#define TENTER_CHANGES_ENVIRONMENT(function, parameters, arguments) \
  TENTER_INTERPOSE(int, function, parameters) {                     \
    told_result(&environ, true, TENTER_CALLER_PC());                \
    return REAL(function) arguments;                                \
  }
TENTER_CHANGES_ENVIRONMENT(setenv, (const char* name, const char* value, int replace), (name, value, replace))
TENTER_CHANGES_ENVIRONMENT(unsetenv, (const char* name), (name))
TENTER_CHANGES_ENVIRONMENT(putenv, (char* entry), (entry))
TENTER_CHANGES_ENVIRONMENT(clearenv, (), ())
TENTER_INTERPOSE(char*, getenv, (const char* name)) {
  const Pc pc = TENTER_CALLER_PC();
  told_string(name, pc);
  told_read(&environ, sizeof environ, pc);
  return REAL(getenv)(name);
}

// ---- the network -----------------------------------------------------------------------------------------

#define TENTER_SOCKET_NAME(function)                                                \
  TENTER_INTERPOSE(int, function, (int fd, sockaddr* address, socklen_t* length)) { \
    const int result = REAL(function)(fd, address, length);                         \
    if (result == 0) {                                                              \
      const Pc pc = TENTER_CALLER_PC();                                             \
      told_write(address, *length, pc);                                             \
      told_result(length, true, pc);                                                \
    }                                                                               \
    return result;                                                                  \
  }
TENTER_SOCKET_NAME(getsockname)
TENTER_SOCKET_NAME(getpeername)

TENTER_INTERPOSE(int, getsockopt, (int fd, int level, int name, void* value, socklen_t* length)) {
  const int result = REAL(getsockopt)(fd, level, name, value, length);
  if (result == 0) {
    const Pc pc = TENTER_CALLER_PC();
    told_write(value, *length, pc);
    told_result(length, true, pc);
  }
  return result;
}
TENTER_INTERPOSE(int, setsockopt, (int fd, int level, int name, const void* value, socklen_t length)) {
  told_read(value, length, TENTER_CALLER_PC());
  return REAL(setsockopt)(fd, level, name, value, length);
}
TENTER_INTERPOSE(int, inet_pton, (int family, const char* text, void* address)) {
  const Pc pc = TENTER_CALLER_PC();
  told_string(text, pc);
  const int result = REAL(inet_pton)(family, text, address);
  if (result == 1) { told_write(address, family == AF_INET6 ? sizeof(in6_addr) : sizeof(in_addr), pc); }
  return result;
}
TENTER_INTERPOSE(const char*, inet_ntop, (int family, const void* address, char* to, socklen_t room)) {
  const Pc pc = TENTER_CALLER_PC();
  told_read(address, family == AF_INET6 ? sizeof(in6_addr) : sizeof(in_addr), pc);
  const char* text = REAL(inet_ntop)(family, address, to, room);
  if (text != nullptr) { told_new_string(to, pc); }
  return text;
}
TENTER_INTERPOSE(int, getaddrinfo, (const char* node, const char* service, const addrinfo* hints, addrinfo** found)) {
  const int result = REAL(getaddrinfo)(node, service, hints, found);
  told_result(found, result == 0, TENTER_CALLER_PC());
  return result;
}

// One answer in memory of libc's own, for all threads.
#define TENTER_SHARED_ANSWER(type, function, parameters, arguments) \
  TENTER_INTERPOSE(type*, function, parameters) {                   \
    type* answer = REAL(function) arguments;                        \
    told_result(answer, true, TENTER_CALLER_PC());                  \
    return answer;                                                  \
  }
TENTER_SHARED_ANSWER(hostent, gethostbyname, (const char* name), (name))
TENTER_SHARED_ANSWER(passwd, getpwnam, (const char* name), (name))
TENTER_SHARED_ANSWER(passwd, getpwuid, (uid_t user), (user))

// An answer in memory of the program.
#define TENTER_ANSWER(function, key_type)                                                                   \
  TENTER_INTERPOSE(int, function, (key_type key, passwd * to, char* room, size_t bytes, passwd** result)) { \
    const int error = REAL(function)(key, to, room, bytes, result);                                         \
    if (error == 0) {                                                                                       \
      const Pc pc = TENTER_CALLER_PC();                                                                     \
      told_result(to, *result != nullptr, pc);                                                              \
      told_result(result, true, pc);                                                                        \
    }                                                                                                       \
    return error;                                                                                           \
  }
TENTER_ANSWER(getpwnam_r, const char*)
TENTER_ANSWER(getpwuid_r, uid_t)

}  // namespace tenter::hooks
