// A gate that no recorder sees: one side opens it, the other waits until it is open, and no order is recorded. Unlike
// at a barrier, the opener walks on.
//
//   Gate wrote;
//   thread 1: total = 1; wrote.open();          thread 2: wrote.wait(); total = 2;      // the race, in this order
#pragma once
#include <stdio.h>

#include "threads/invisible_barrier.h"

class Gate {
 public:
  TEST_INVISIBLE void open() {
    opener_ = static_cast<unsigned>(syscall0(186));  // gettid
    test_add(&open_, 1);
    test_futex(&open_, 1, 1u << 30);
  }
  TEST_INVISIBLE void wait() {
    while (test_load(&open_) == 0) test_futex(&open_, 0, 0);
  }
  // For tasks, which must not hold up the thread that they run on: while (!gate.is_open()) tenter::yield();
  TEST_INVISIBLE bool is_open() { return test_load(&open_) != 0; }
  // Waits without ever sleeping, for threads that somebody watches with wait_until_opener_sleeps().
  TEST_INVISIBLE void spin() {
    while (test_load(&open_) == 0) syscall0(24);  // sched_yield
  }
  // Until the thread that opened this gate hangs in the kernel: on a lock, where it does nothing else that sleeps.
  TEST_INVISIBLE void wait_until_opener_sleeps() {
    wait();
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%u/stat", opener_);
    for (;;) {
      char state = '?';
      if (FILE* file = fopen(path, "re")) {
        if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1) state = '?';
        fclose(file);
      }
      if (state == 'S') return;
      syscall0(24);
    }
  }

 private:
  TEST_INVISIBLE static long syscall0(long number) {
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number) : "rcx", "r11", "memory");
    return result;
  }
  unsigned open_ = 0, opener_ = 0;
};
