// A lock as glibc makes it lets readers in while a writer waits, so a read lock that is taken twice harms nobody.
// expect: nothing
#include <pthread.h>

#include <shared_mutex>
#include <thread>

#include "gate.h"

int main() {
  pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;
  std::shared_mutex list;
  Gate has_read;
  std::thread reader([&] {
    pthread_rwlock_rdlock(&table);
    pthread_rwlock_rdlock(&table);
    pthread_rwlock_unlock(&table);
    pthread_rwlock_unlock(&table);
    list.lock_shared();
    list.lock_shared();
    list.unlock_shared();
    list.unlock_shared();
    has_read.open();
  });
  std::thread writer([&] {
    has_read.wait();
    pthread_rwlock_wrlock(&table);
    pthread_rwlock_unlock(&table);
    list.lock();
    list.unlock();
  });
  reader.join();
  writer.join();
  pthread_rwlock_destroy(&table);
}
