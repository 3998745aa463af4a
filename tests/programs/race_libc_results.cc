// What libc fills in for the program, and what it sends: one thread calls, the other touches the objects.
// each: data-race object=in_time,in_gettimeofday,in_clock_gettime,in_clock_getres,in_times,in_localtime_r
// each: data-race object=in_gmtime_r,in_gmtime_r_time,in_mktime,in_nanosleep,in_stat,in_lstat,in_fstat,in_fstatat
// each: data-race object=in_uname,in_getrusage,in_getrlimit,in_sysinfo,in_getentropy,in_getrandom,in_inet_pton
// each: data-race object=in_inet_ntop,in_sigprocmask,in_pthread_sigmask,in_sigaction,in_setitimer,in_getsockname
// each: data-race object=in_getsockopt,in_poll,in_ppoll,in_select,in_pselect,in_read,in_write,in_send,in_recv
// each: data-race object=in_sendto,in_recvfrom,in_pwrite,in_pread,in_preadv,in_pwritev,in_readv,in_writev
// each: data-race object=in_strftime,in_asctime_r,in_ctime_r,in_getcwd,in_readlink,in_realpath,in_gethostname
// each: data-race object=in_fread,in_fread_unlocked,in_fgets,in_fwrite,in_fwrite_unlocked,in_fputs,in_fscanf
// each: data-race object=in_strptime,in_waitpid,in_wait,in_wait3,in_wait4,in_waitid,in_sem_getvalue,in_setsockopt
// each: data-race object=in_getpwuid_r,in_getpwuid_r_found,in_mkstemp,in_pthread_getname_np,in_strerror_r
// flags: -fno-builtin -Wno-unused-value -Wno-unused-result
#include <thread>

#include "gate.h"
#include "libc_result_calls.h"

int main() {
  Gate called;
  std::thread other([&] {
    call_all();
    called.open();
  });
  called.wait();
  touch_all();
  other.join();
}
