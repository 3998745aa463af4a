#include "record/task.h"

#include <atomic>

#include "record/arena.h"

namespace tenter::record {
namespace {
// Relaxed: only uniqueness matters. It goes on counting in a forked child, whose tasks are copies of the parent's.
constinit std::atomic<std::uint32_t> next_id{1};
}  // namespace

Task* make_task(trace::TaskKind kind) {
  auto* task = static_cast<Task*>(arena().allocate(sizeof(Task)));
  if (task != nullptr) {
    *task = Task{};
    task->id = next_id.fetch_add(1, std::memory_order_relaxed);
    task->kind = kind;
  }
  return task;
}

void free_task(Task* task) {
  task->stack.release();
  arena().free(task, sizeof(Task));
}

}  // namespace tenter::record
