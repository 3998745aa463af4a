// A thread that has ended and that nobody joined or detached.
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>

std::atomic<int> number;

void* work(void*) {
  number = static_cast<int>(syscall(SYS_gettid));
  return nullptr;
}

int main() {
  pthread_t helper;
  pthread_create(&helper, nullptr, work, nullptr);
  while (number == 0 || syscall(SYS_tgkill, getpid(), number.load(), 0) == 0) sched_yield();
}
