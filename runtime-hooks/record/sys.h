// System calls, made directly: libc's functions would set errno, be points of cancellation, and lead through our own
// hooks. Each returns the kernel's answer, -errno where it failed.
#pragma once
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>

#include <cstddef>
#include <cstdint>

#if !defined(__x86_64__)
#error "the recorder knows the system calls and the address layout of x86-64 Linux only"
#endif

namespace tenter::record::sys {

inline long call(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0) {
  long result = number;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  asm volatile("syscall" : "+a"(result) : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return result;
}
template <class T>
inline long word(T* pointer) {
  return static_cast<long>(reinterpret_cast<std::uintptr_t>(pointer));
}

inline int open(const char* path, int flags, unsigned mode) {
  return static_cast<int>(call(SYS_openat, AT_FDCWD, word(path), flags, mode));
}
inline int close(int fd) { return static_cast<int>(call(SYS_close, fd)); }
inline int duplicate_above(int fd, int lowest) {
  return static_cast<int>(call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, lowest));
}
inline int flock(int fd, int operation) { return static_cast<int>(call(SYS_flock, fd, operation)); }
inline int fstat(int fd, struct stat* out) { return static_cast<int>(call(SYS_fstat, fd, word(out))); }
inline int truncate(int fd, off_t size) { return static_cast<int>(call(SYS_ftruncate, fd, size)); }
inline int allocate(int fd, int mode, off_t offset, off_t size) {
  return static_cast<int>(call(SYS_fallocate, fd, mode, offset, size));
}
inline ssize_t read(int fd, void* buffer, std::size_t size) {
  return call(SYS_read, fd, word(buffer), static_cast<long>(size));
}
inline ssize_t write(int fd, const void* buffer, std::size_t size) {
  return call(SYS_write, fd, word(buffer), static_cast<long>(size));
}
inline ssize_t read_at(int fd, void* buffer, std::size_t size, off_t offset) {
  return call(SYS_pread64, fd, word(buffer), static_cast<long>(size), offset);
}
inline ssize_t write_at(int fd, const void* buffer, std::size_t size, off_t offset) {
  return call(SYS_pwrite64, fd, word(buffer), static_cast<long>(size), offset);
}
inline ssize_t read_link(const char* path, char* buffer, std::size_t size) {
  return call(SYS_readlink, word(path), word(buffer), static_cast<long>(size));
}
inline ssize_t working_directory(char* buffer, std::size_t size) {  // counts the final zero
  return call(SYS_getcwd, word(buffer), static_cast<long>(size));
}
inline int process_id() { return static_cast<int>(call(SYS_getpid)); }
inline int parent_process_id() { return static_cast<int>(call(SYS_getppid)); }
inline int host_name(struct utsname* out) { return static_cast<int>(call(SYS_uname, word(out))); }
[[noreturn]] inline void end_process(int status) {
  for (;;) { call(SYS_exit_group, status); }
}
inline void yield() { call(SYS_sched_yield); }
inline void sleep_ns(long duration) {
  const timespec wanted{0, duration};
  call(SYS_nanosleep, word(&wanted), 0);
}
// Every thread of this process passes a full memory barrier before it returns. A kernel that cannot, or must not,
// gives the other processors time enough instead.
inline void barrier_on_all_processors() {
  constexpr long private_expedited = 1 << 3, register_private_expedited = 1 << 4;  // membarrier(2)
  if (call(SYS_membarrier, private_expedited) == 0 ||
      (call(SYS_membarrier, register_private_expedited) == 0 && call(SYS_membarrier, private_expedited) == 0)) {
    return;
  }
  sleep_ns(1'000'000);
}
inline int get_limit(int resource, struct rlimit* out) {
  return static_cast<int>(call(SYS_prlimit64, 0, resource, 0, word(out)));
}
inline std::uint64_t clock_ns(clockid_t clock) {
  timespec now{};
  call(SYS_clock_gettime, clock, word(&now));
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}
inline ssize_t random(void* buffer, std::size_t size) {
  return call(SYS_getrandom, word(buffer), static_cast<long>(size), 1 /* GRND_NONBLOCK */);
}

// Zeroed memory of our own, or null. Pages cost nothing until they are touched.
inline void* map_memory(std::size_t size) {
  const long result = call(SYS_mmap, 0, static_cast<long>(size), PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return result < 0 && result > -4096 ? nullptr : reinterpret_cast<void*>(result);
}
inline void* map_file(int fd, off_t offset, std::size_t size) {
  const long result = call(SYS_mmap, 0, static_cast<long>(size), PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
  return result < 0 && result > -4096 ? nullptr : reinterpret_cast<void*>(result);
}
inline bool remap_as_memory(void* address, std::size_t size) {
  const long result = call(SYS_mmap, word(address), static_cast<long>(size), PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
  return result == word(address);
}
inline void unmap(void* address, std::size_t size) { call(SYS_munmap, word(address), static_cast<long>(size)); }
// The pages read as zero afterwards. For map_memory only.
inline void forget_memory(void* address, std::size_t size) {
  call(SYS_madvise, word(address), static_cast<long>(size), MADV_DONTNEED);
}

// Not a loop: the compiler would make it a call of memset, which is one of our own hooks.
inline void zero_words(std::uint64_t* first, std::size_t count) {
  asm volatile("rep stosq" : "+D"(first), "+c"(count) : "a"(0) : "memory");
}

}  // namespace tenter::record::sys
