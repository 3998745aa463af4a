/* The same kind of thread, and the two sides are not ordered. */
// expect: data-race object=result
// levels: one
#include <aio.h>
#include <unistd.h>

#include "threads/invisible_barrier.h"

static invisible_barrier_t done;
int result;

static void on_read(union sigval value) {
  result = value.sival_int;  // <- here
  barrier_wait(&done);
}

int main(void) {
  int ends[2];
  char byte;
  struct aiocb reading = {.aio_buf = &byte,
                          .aio_nbytes = 1,
                          .aio_sigevent = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_read, .sigev_value.sival_int = 4}};
  barrier_init(&done, 2);
  if (pipe(ends) != 0 || write(ends[1], "x", 1) != 1) return 2;
  reading.aio_fildes = ends[0];
  if (aio_read(&reading) != 0) return 2;
  barrier_wait(&done);
  result += 1;  // <- here
  return result - 5;
}
