// fork and vfork: the child records for itself, or not at all.
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "event_log.h"

using namespace tenter::test;

namespace {

template <class F>
void in_child(pid_t child, F f) {
  if (child == 0) {
    f();
    std::_Exit(0);
  }
  EXPECT(child > 0);
  int status = 0;
  EXPECT(waitpid(child, &status, 0) == child);
  EXPECT(status == 0);
}

void a_forked_child_starts_anew() {
  log_clear();
  in_child(fork(), [] {
    EXPECT_EVENTS(nullptr, "forked");
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
    EXPECT_EVENTS(&mutex, "acquire");
    std::thread([] {}).join();
  });
  EXPECT_EVENTS(nullptr, "");
  in_child(_Fork(), [] { EXPECT_EVENTS(nullptr, "forked"); });
}

void a_vforked_child_keeps_quiet() {
  log_clear();
  in_child(vfork(), [] {
    EXPECT_EVENTS(nullptr, "");
    EXPECT(!tenter::record::active());
  });
  EXPECT(tenter::record::active());
  in_child(fork(), [] { EXPECT_EVENTS(nullptr, "forked"); });  // the next fork is an ordinary one
}

void fork_among_threads() {
  std::atomic<bool> stop{false};
  std::thread busy([&] {
    while (!stop) {
      std::thread([] {}).join();
      log_clear();
    }
  });
  for (int i = 0; i < 200; ++i) {
    in_child(fork(), [] { std::thread([] {}).join(); });
  }
  stop = true;
  busy.join();
}

void exec_is_told() {
  log_clear();
  char* const arguments[] = {nullptr};
  EXPECT(execv("/nowhere", arguments) == -1);
  EXPECT(execl("/nowhere", "a", "b", static_cast<char*>(nullptr)) == -1);
  EXPECT_EVENTS(nullptr, "exec exec_failed exec exec_failed");
  in_child(fork(), [] { execlp("sh", "sh", "-c", "exit $#", "zero", static_cast<char*>(nullptr)); });
}

}  // namespace

int main() {
  a_forked_child_starts_anew();
  a_vforked_child_keeps_quiet();
  fork_among_threads();
  exec_is_told();
  return 0;
}
