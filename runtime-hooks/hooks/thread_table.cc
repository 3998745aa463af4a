#include "hooks/thread_table.h"

#include <cstddef>

#include "hooks/interpose.h"
#include "record/budget.h"
#include "record/record.h"

TENTER_NEXT(int, pthread_mutex_lock, (pthread_mutex_t*))
TENTER_NEXT(int, pthread_mutex_unlock, (pthread_mutex_t*))

namespace tenter::hooks {
namespace {

struct Entry {
  pthread_t handle;
  std::uint32_t task;
  bool detached;
  bool ended;
  Entry* next;  // in the bucket, or in the list of free entries
};

constexpr std::size_t bucket_count = 1024;
constexpr std::size_t slab_bytes = 64 * 1024;

// table_mutex guards all that follows.
constinit pthread_mutex_t table_mutex = PTHREAD_MUTEX_INITIALIZER;
constinit Entry* buckets[bucket_count] = {};
constinit Entry* free_entries = nullptr;

class TableLock {
 public:
  TableLock() { hold_thread_table(); }
  ~TableLock() { release_thread_table(); }
  TableLock(const TableLock&) = delete;
  TableLock& operator=(const TableLock&) = delete;
};

Entry*& bucket_of(pthread_t handle) {
  // Thread descriptors lie at the end of stacks, which are whole pages: the lowest bits hardly differ.
  return buckets[((handle >> 6) ^ (handle >> 12) ^ (handle >> 23)) % bucket_count];
}

// The link that points to the entry, or to null.
Entry** find(pthread_t handle) {
  Entry** link = &bucket_of(handle);
  while (*link != nullptr && (*link)->handle != handle) { link = &(*link)->next; }
  return link;
}

void remove(Entry** link) {
  Entry* entry = *link;
  *link = entry->next;
  entry->next = free_entries;
  free_entries = entry;
}

Entry* take_free_entry() {
  if (free_entries == nullptr) {
    void* slab = record::obtain_memory(slab_bytes);
    if (slab == nullptr) { return nullptr; }
    auto* entries = static_cast<Entry*>(slab);
    for (std::size_t i = 0; i < slab_bytes / sizeof(Entry); ++i) {
      entries[i].next = free_entries;
      free_entries = &entries[i];
    }
  }
  Entry* entry = free_entries;
  free_entries = entry->next;
  return entry;
}

}  // namespace

void hold_thread_table() { REAL(pthread_mutex_lock)(&table_mutex); }
void release_thread_table() { REAL(pthread_mutex_unlock)(&table_mutex); }

void remember_thread(pthread_t handle, std::uint32_t task, bool detached, bool& once) {
  const TableLock lock;
  if (once) { return; }
  once = true;
  Entry** link = find(handle);
  // An entry that is still there belongs to a thread whose join has returned in the kernel's view, but not yet in
  // the joiner's hook: the handle is ours now, and the joiner will find that it means another task.
  Entry* entry = *link;
  if (entry == nullptr) {
    entry = take_free_entry();
    if (entry == nullptr) {
      record::stop("no memory for another thread's handle");  // its join would not be known
      return;
    }
    Entry*& bucket = bucket_of(handle);
    entry->next = bucket;
    bucket = entry;
  }
  entry->handle = handle;
  entry->task = task;
  entry->detached = detached;
  entry->ended = false;
}

std::uint32_t task_of_thread(pthread_t handle) {
  const TableLock lock;
  const Entry* entry = *find(handle);
  return entry == nullptr ? unknown_task : entry->task;
}

void forget_thread(pthread_t handle, std::uint32_t task) {
  const TableLock lock;
  Entry** link = find(handle);
  if (*link != nullptr && (*link)->task == task) { remove(link); }
}

void thread_is_detached(pthread_t handle, std::uint32_t task) {
  const TableLock lock;
  Entry** link = find(handle);
  if (*link == nullptr || (*link)->task != task) { return; }
  if ((*link)->ended) {
    remove(link);
  } else {
    (*link)->detached = true;
  }
}

void thread_has_ended(pthread_t handle, std::uint32_t task) {
  const TableLock lock;
  Entry** link = find(handle);
  if (*link == nullptr || (*link)->task != task) { return; }
  if ((*link)->detached) {
    remove(link);
  } else {
    (*link)->ended = true;
  }
}

void empty_thread_table() {
  for (Entry*& bucket : buckets) {
    while (bucket != nullptr) { remove(&bucket); }
  }
}

}  // namespace tenter::hooks
