// The same constructs, each with what it does not order: one side of each race is outside of the construct, or
// between two of them.
// expect: data-race object=region
// expect: data-race object=critical
// expect: data-race object=other_name
// expect: data-race object=lock_on_one_side
// expect: data-race object=single_without_wait
// expect: data-race object=loop_without_wait
// expect: data-race object=master
// flags: -fopenmp
// compilers: g++-12   // levels: all
#include <omp.h>

#include "gate.h"

int region, critical, other_name, lock_on_one_side, single_without_wait, loop_without_wait[2], master;

int main() {
  Gate single_done, master_done;
  omp_lock_t lock;
  omp_init_lock(&lock);
#pragma omp parallel num_threads(2)
  {
    const int self = omp_get_thread_num();
    region = self;  // <- here
#pragma omp barrier
    if (self == 0) {
#pragma omp critical
      critical = 1;  // <- here
    } else {
      critical = 2;  // <- here
    }
#pragma omp barrier
    if (self == 0) {
#pragma omp critical(one)
      other_name = 1;  // <- here
    } else {
#pragma omp critical(two)
      other_name = 2;  // <- here
    }
#pragma omp barrier
    if (self == 0) {
      omp_set_lock(&lock);
      lock_on_one_side = 1;  // <- here
      omp_unset_lock(&lock);
    } else {
      lock_on_one_side = 2;  // <- here
    }
#pragma omp barrier
    bool wrote = false;
#pragma omp single nowait
    {
      single_without_wait = 1;  // <- here
      wrote = true;
      single_done.open();
    }
    if (!wrote) {
      single_done.wait();
      single_without_wait = 2;  // <- here
    }
#pragma omp barrier
#pragma omp for schedule(static, 1) nowait
    for (int i = 0; i < 2; ++i) loop_without_wait[i] = 1;  // <- here
    loop_without_wait[1 - self] = 2;                       // <- here
#pragma omp barrier
#pragma omp master
    {
      master = 1;  // <- here
      master_done.open();
    }
    if (self != 0) {
      master_done.wait();
      master = 2;  // <- here
    }
  }
  omp_destroy_lock(&lock);
}
