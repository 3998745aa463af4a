// Tasks without what would order them. While the creator waits at a gate, the other thread of the team runs the task.
// expect: data-race object=without_wait
// expect: data-race object=grandchild
// expect: data-race object=both_read
// flags: -fopenmp
// compilers: g++-12   // levels: all
#include <omp.h>

#include "gate.h"

int without_wait, grandchild, both_read, dependence;

int main() {
  Gate task_done, grandchild_started, waited, first_in, second_in;
#pragma omp parallel num_threads(2)
  {
#pragma omp single
    {
#pragma omp task
      {
        without_wait = 1;  // <- here
        task_done.open();
      }
      task_done.wait();
      without_wait = 2;  // <- here

      // taskwait waits for children, and not for theirs.
#pragma omp task
      {
#pragma omp task
        {
          grandchild_started.open();
          waited.wait();
          grandchild = 1;  // <- here
        }
      }
      grandchild_started.wait();
#pragma omp taskwait
      grandchild = 2;  // <- here
      waited.open();

      // Two tasks that read what a third wrote come both after that, and in no order among themselves. One runs on each
      // thread, as each waits for the other to begin.
#pragma omp task depend(out : dependence)
      dependence = 1;
#pragma omp task depend(in : dependence)
      {
        first_in.open();
        second_in.wait();
        both_read = dependence;  // <- here
      }
#pragma omp task depend(in : dependence)
      {
        second_in.open();
        first_in.wait();
        both_read = dependence + 1;  // <- here
      }
    }
  }
}
