// What OpenMP's constructs order, as gcc compiles them: each does its part on a variable of its own.
// expect: nothing
// flags: -fopenmp
// compilers: g++-12   // levels: all
#include <omp.h>

static int before_region, in_master, behind_barrier[2], in_critical, in_named, in_single, in_loop[64], in_sections[2];
static int in_ordered, by_lock, by_nest_lock, by_test_lock, copied, in_atomic_sum;
static double in_atomic;

int main() {
  int wrong = 0;
  omp_lock_t lock;
  omp_nest_lock_t nest_lock;
  omp_init_lock(&lock);
  omp_init_nest_lock(&nest_lock);
  before_region = 1;
#pragma omp parallel num_threads(2) reduction(+ : wrong)
  {
    wrong += before_region - 1;
    const int self = omp_get_thread_num();
    behind_barrier[self] = self + 1;
#pragma omp barrier
    wrong += behind_barrier[1 - self] != 2 - self;
#pragma omp barrier
    behind_barrier[1 - self] = 0;

#pragma omp critical
    ++in_critical;
#pragma omp critical(other)
    ++in_named;
#pragma omp atomic
    in_atomic += 1;
    omp_set_lock(&lock);
    ++by_lock;
    omp_unset_lock(&lock);
    omp_set_nest_lock(&nest_lock);
    omp_set_nest_lock(&nest_lock);
    ++by_nest_lock;
    omp_unset_nest_lock(&nest_lock);
    ++by_nest_lock;
    omp_unset_nest_lock(&nest_lock);
    while (!omp_test_lock(&lock)) {}
    ++by_test_lock;
    omp_unset_lock(&lock);
    while (omp_test_nest_lock(&nest_lock) == 0) {}
    ++by_nest_lock;
    omp_unset_nest_lock(&nest_lock);

#pragma omp single
    in_single = 5;
    wrong += in_single - 5;
    int mine;
#pragma omp single copyprivate(mine)
    {
      copied = 7;
      mine = 8;
    }
    wrong += copied + mine - 15;

#pragma omp for schedule(dynamic, 4)
    for (int i = 0; i < 64; ++i) in_loop[i] = i;
    for (int i = 0; i < 64; ++i) wrong += in_loop[i] != i;
#pragma omp for schedule(guided) ordered
    for (int i = 0; i < 16; ++i) {
#pragma omp ordered
      in_ordered = in_ordered * 3 + i;
    }
#pragma omp sections
    {
#pragma omp section
      in_sections[0] = 1;
#pragma omp section
      in_sections[1] = 2;
    }
    wrong += in_sections[0] + in_sections[1] - 3;
#pragma omp master
    in_master = 1;
  }
  wrong += in_master - 1 + in_critical - 2 + in_named - 2 + by_lock - 2 + by_nest_lock - 6 + by_test_lock - 2;
  wrong += static_cast<int>(in_atomic) - 2;

#pragma omp parallel for num_threads(2) schedule(static) reduction(+ : in_atomic_sum)
  for (int i = 0; i < 64; ++i) in_atomic_sum += in_loop[i];
#pragma omp parallel for num_threads(2) schedule(dynamic)
  for (int i = 0; i < 64; ++i) in_loop[i] = 1;
#pragma omp parallel for num_threads(2) schedule(guided)
  for (int i = 0; i < 64; ++i) in_loop[i] += 1;
#pragma omp parallel for num_threads(2) schedule(runtime)
  for (int i = 0; i < 64; ++i) in_loop[i] += 1;
#pragma omp parallel sections num_threads(2)
  {
#pragma omp section
    in_sections[0] = 3;
#pragma omp section
    in_sections[1] = 4;
  }
  for (int i = 0; i < 64; ++i) wrong += in_loop[i] - 3;
  wrong += in_atomic_sum - 63 * 32 + in_sections[0] + in_sections[1] - 7;
  omp_destroy_lock(&lock);
  omp_destroy_nest_lock(&nest_lock);
  return wrong;
}
