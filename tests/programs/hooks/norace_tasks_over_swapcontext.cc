// A scheduler of the program's own, told by <tenter/annotate.h>, that switches by swapcontext: the two ways in which a switch
// is noticed do not get into each other's way.
// expect: nothing
// levels: one
#include <tenter/annotate.h>

#include "hooks/fibers.h"

struct Task {
  void* handle;
  ucontext_t context;
  alignas(16) char stack[64 * 1024];
};
static ucontext_t scheduler;
static Task tasks[2];
static int running, steps[2], total;

static int deeper(int depth) { return depth == 0 ? running : deeper(depth - 1) + (steps[running] > 100 ? 1 : 0); }

// Told between the two sides, by neither of them.
NOT_RECORDED static void switch_between(ucontext_t* from, ucontext_t* to, void* task, bool first) {
  tenter_release(&scheduler);
  tenter_task_switch(task);
  if (first) tenter_task_start(task);
  tenter_acquire(&scheduler);
  swapcontext(from, to);
}

static void work() {
  for (;;) {
    ++steps[deeper(5)];
    ++total;
    switch_between(&tasks[running].context, &scheduler, nullptr, false);
  }
}

int main() {
  for (Task& task : tasks) {
    task.handle = tenter_task_create(2, "worker", 6);
    getcontext(&task.context);
    task.context.uc_stack.ss_sp = task.stack;
    task.context.uc_stack.ss_size = sizeof task.stack;
    makecontext(&task.context, work, 0);
  }
  for (int i = 0; i < 20; ++i) {
    running = i % 2;
    switch_between(&scheduler, &tasks[running].context, tasks[running].handle, i < 2);
  }
  for (Task& task : tasks) {
    tenter_task_end(task.handle);
    tenter_task_destroy(task.handle);
  }
  return steps[0] + steps[1] + total - 40;
}
