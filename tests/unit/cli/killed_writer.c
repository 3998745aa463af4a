// Kills its process in the middle of the first write of more than a byte to a regular file: half of the bytes arrive.
// outputs_test.py puts it before libc (LD_PRELOAD).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

ssize_t write(int fd, const void* bytes, size_t size) {
  ssize_t (*next)(int, const void*, size_t);
  *(void**)&next = dlsym(RTLD_NEXT, "write");  // ISO C converts no object pointer to one to a function
  struct stat status;
  if (size < 2 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) { return next(fd, bytes, size); }
  next(fd, bytes, size / 2);
  raise(SIGKILL);
  return -1;
}
