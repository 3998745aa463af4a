// The thread is over, but nobody joined or detached it.
// expect: thread-leak
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>

static std::atomic<long> id{0};
static void* work(void*) {
  id = syscall(SYS_gettid);
  return nullptr;
}
int main() {
  pthread_t thread;
  pthread_create(&thread, nullptr, work, nullptr);
  // Until the kernel knows the thread no more.
  while (id == 0 || syscall(SYS_tgkill, getpid(), id.load(), 0) == 0) sched_yield();
}
