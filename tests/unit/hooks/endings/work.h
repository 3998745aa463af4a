// Two threads that really work, so that there is something in the recording of each program here.
#pragma once
#include <mutex>
#include <thread>

inline std::mutex work_mutex;
inline int work_done = 0;

inline void work() {
  std::thread other([] {
    const std::lock_guard hold(work_mutex);
    ++work_done;
  });
  {
    const std::lock_guard hold(work_mutex);
    ++work_done;
  }
  other.join();
}
