// <sanitizer/linux_syscall_hooks.h>: what a program calls around system calls that it makes by hand, so that a sanitizer learns
// of the memory that the kernel reads and writes. The recorder knows system calls by libc's functions; these have no effect.
// They only have to be there, so all of them are one function under many names, which are weak.
#include "record/record.h"

extern "C" __attribute__((used, visibility("hidden"))) void tenter_system_call_without_effect() {}

__asm__(R"(
  .macro no_effect names:vararg
  .irp name, \names
  no_effect_of __sanitizer_syscall_pre_impl_\name
  no_effect_of __sanitizer_syscall_post_impl_\name
  .endr
  .endm
  .macro no_effect_of symbol
  .weak \symbol
  .type \symbol, @function
  .set \symbol, tenter_system_call_without_effect
  .endm
  no_effect accept, accept4, access, acct, add_key, adjtimex, alarm, bdflush, bind, brk, capget, capset, chdir, chmod
  no_effect chown, chown16, chroot, clock_adjtime, clock_getres, clock_gettime, clock_nanosleep, clock_settime, close
  no_effect connect, creat, delete_module, dup, dup2, dup3, epoll_create, epoll_create1, epoll_ctl, epoll_pwait
  no_effect epoll_pwait2, epoll_wait, eventfd, eventfd2, exit, exit_group, faccessat, fanotify_init, fanotify_mark, fchdir
  no_effect fchmod, fchmodat, fchown, fchown16, fchownat, fcntl, fcntl64, fdatasync, fgetxattr, flistxattr, flock, fork
  no_effect fremovexattr, fsetxattr, fstat, fstat64, fstatat64, fstatfs, fstatfs64, fsync, ftruncate, futex, futimesat
  no_effect get_mempolicy, get_robust_list, getcpu, getcwd, getdents, getdents64, getegid, getegid16, geteuid, geteuid16
  no_effect getgid, getgid16, getgroups, getgroups16, gethostname, getitimer, getpeername, getpgid, getpgrp, getpid
  no_effect getppid, getpriority, getresgid, getresgid16, getresuid, getresuid16, getrlimit, getrusage, getsid, getsockname
  no_effect getsockopt, gettid, gettimeofday, getuid, getuid16, getxattr, init_module, inotify_add_watch, inotify_init
  no_effect inotify_init1, inotify_rm_watch, io_cancel, io_destroy, io_getevents, io_setup, io_submit, ioctl, ioperm
  no_effect ioprio_get, ioprio_set, ipc, kexec_load, keyctl, kill, lchown, lchown16, lgetxattr, link, linkat, listen
  no_effect listxattr, llistxattr, llseek, lookup_dcookie, lremovexattr, lseek, lsetxattr, lstat, lstat64, madvise, mbind
  no_effect migrate_pages, mincore, mkdir, mkdirat, mknod, mknodat, mlock, mlockall, mmap_pgoff, mount, move_pages
  no_effect mprotect, mq_getsetattr, mq_notify, mq_open, mq_timedreceive, mq_timedsend, mq_unlink, mremap, msgctl, msgget
  no_effect msgrcv, msgsnd, msync, munlock, munlockall, munmap, name_to_handle_at, nanosleep, newfstat, newfstatat
  no_effect newlstat, newstat, newuname, ni_syscall, nice, old_getrlimit, old_mmap, old_readdir, old_select, oldumount
  no_effect olduname, open, open_by_handle_at, openat, pause, pciconfig_iobase, pciconfig_read, pciconfig_write
  no_effect perf_event_open, personality, pipe, pipe2, pivot_root, poll, ppoll, pread64, preadv, prlimit64
  no_effect process_vm_readv, process_vm_writev, pselect6, ptrace, pwrite64, pwritev, quotactl, read, readlink, readlinkat
  no_effect readv, reboot, recv, recvfrom, recvmmsg, recvmsg, remap_file_pages, removexattr, rename, renameat, request_key
  no_effect restart_syscall, rmdir, rt_sigaction, rt_sigpending, rt_sigprocmask, rt_sigqueueinfo, rt_sigtimedwait
  no_effect rt_tgsigqueueinfo, sched_get_priority_max, sched_get_priority_min, sched_getaffinity, sched_getparam
  no_effect sched_getscheduler, sched_rr_get_interval, sched_setaffinity, sched_setparam, sched_setscheduler, sched_yield
  no_effect select, semctl, semget, semop, semtimedop, send, sendfile, sendfile64, sendmmsg, sendmsg, sendto, set_mempolicy
  no_effect set_robust_list, set_tid_address, setdomainname, setfsgid, setfsgid16, setfsuid, setfsuid16, setgid, setgid16
  no_effect setgroups, setgroups16, sethostname, setitimer, setns, setpgid, setpriority, setregid, setregid16, setresgid
  no_effect setresgid16, setresuid, setresuid16, setreuid, setreuid16, setrlimit, setsid, setsockopt, settimeofday, setuid
  no_effect setuid16, setxattr, sgetmask, shmat, shmctl, shmdt, shmget, shutdown, sigaction, sigaltstack, signal, signalfd
  no_effect signalfd4, sigpending, sigprocmask, socket, socketcall, socketpair, splice, spu_create, spu_run, ssetmask, stat
  no_effect stat64, statfs, statfs64, stime, swapoff, swapon, symlink, symlinkat, sync, syncfs, sysctl, sysfs, sysinfo
  no_effect syslog, tee, tgkill, time, timer_create, timer_delete, timer_getoverrun, timer_gettime, timer_settime
  no_effect timerfd_create, timerfd_gettime, timerfd_settime, times, tkill, truncate, umask, umount, uname, unlink
  no_effect unlinkat, unshare, uselib, ustat, utime, utimensat, utimes, vfork, vhangup, vmsplice, wait4, waitid, waitpid
  no_effect write, writev
  .purgem no_effect
  .purgem no_effect_of
)");
