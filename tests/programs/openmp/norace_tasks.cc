// What orders OpenMP's tasks: their creation, taskwait, taskgroup, depend, barriers and the end of the region.
// expect: nothing
// flags: -fopenmp
// compilers: g++-12   // levels: all
#include <omp.h>

static int given[4], group_results[4], chain, read_by[2], barrier_result, region_result, loop_results[32], final_sum;

// Too large to be copied into a task as bytes without a thought.
struct Numbers {
  int value[40];
  Numbers() : value{} {}
  Numbers(const Numbers& other) : value{} {
    for (int i = 0; i < 40; ++i) value[i] = other.value[i];
  }
};

static int fibonacci(int n) {
  if (n < 2) return n;
  int left = 0, right = 0;
#pragma omp task shared(left)
  left = fibonacci(n - 1);
#pragma omp task shared(right)
  right = fibonacci(n - 2);
#pragma omp taskwait
  return left + right;
}

int main() {
  int wrong = 0;
#pragma omp parallel num_threads(2) reduction(+ : wrong)
  {
#pragma omp single
    {
      Numbers numbers;
      for (int i = 0; i < 4; ++i) {
        numbers.value[39] = i;
        given[i] = 10;
#pragma omp task firstprivate(numbers, i)
        given[i] += numbers.value[39];
      }
#pragma omp taskwait
      for (int i = 0; i < 4; ++i) wrong += given[i] != 10 + i;

#pragma omp taskgroup
      {
        for (int i = 0; i < 2; ++i) {
#pragma omp task firstprivate(i)
          {
            group_results[i] = i;
#pragma omp task firstprivate(i)
            group_results[i + 2] = i;  // a grandchild
          }
        }
      }
      for (int i = 0; i < 4; ++i) wrong += group_results[i] != i % 2;

#pragma omp task depend(out : chain)
      chain = 1;
#pragma omp task depend(in : chain)
      read_by[0] = chain;
#pragma omp task depend(in : chain)
      read_by[1] = chain;
#pragma omp task depend(inout : chain)
      chain = 2;
#pragma omp taskwait depend(in : chain)
      wrong += chain != 2;
#pragma omp taskwait
      wrong += read_by[0] + read_by[1] != 2;

#pragma omp taskloop grainsize(4)
      for (int i = 0; i < 32; ++i) loop_results[i] = i;
      for (int i = 0; i < 32; ++i) wrong += loop_results[i] != i;
#pragma omp taskloop num_tasks(4) firstprivate(numbers)
      for (unsigned long long i = 0; i < 32; ++i) loop_results[i] += numbers.value[39];
      for (int i = 0; i < 32; ++i) wrong += loop_results[i] != i + 3;

      wrong += fibonacci(6) != 8;
#pragma omp task if (0)
      final_sum = 4;
      wrong += final_sum != 4;
#pragma omp task
      barrier_result = 3;
    }
    wrong += barrier_result != 3;  // behind the barrier at the end of single
#pragma omp barrier
#pragma omp master
    {
#pragma omp task
      region_result = 6;
    }
  }
  return wrong + (region_result != 6);
}
