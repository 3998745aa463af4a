// A read lock is taken twice, and the lock lets a writer that waits go first: between the two it would end both.
// expect: double-lock certainty=predicted
#include <pthread.h>

#include <thread>

#include "gate.h"

int main() {
  pthread_rwlockattr_t attributes;
  pthread_rwlockattr_init(&attributes);
  pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
  pthread_rwlock_t table;
  pthread_rwlock_init(&table, &attributes);
  Gate has_read;
  std::thread reader([&] {
    pthread_rwlock_rdlock(&table);
    pthread_rwlock_rdlock(&table);  // <- here
    pthread_rwlock_unlock(&table);
    pthread_rwlock_unlock(&table);
    has_read.open();
  });
  std::thread writer([&] {
    has_read.wait();
    pthread_rwlock_wrlock(&table);
    pthread_rwlock_unlock(&table);
  });
  reader.join();
  writer.join();
  pthread_rwlock_destroy(&table);
}
