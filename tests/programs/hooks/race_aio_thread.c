/* What comes after a transfer was asked for is not ordered with what libc calls when it is done. */
// each: data-race object=after_read,after_list
// levels: one
#include <aio.h>
#include <unistd.h>

#include "threads/invisible_barrier.h"

static invisible_barrier_t done;
static char byte;
int before, after_read, after_list;

static void on_read(union sigval value) {
  after_read += before + value.sival_int;  // <- here
  barrier_wait(&done);
}
static void on_list(union sigval value) {
  after_list += before + value.sival_int;  // <- here
  barrier_wait(&done);
}

int main(void) {
  int ends[2];
  struct aiocb transfer = {.aio_buf = &byte,
                           .aio_nbytes = 1,
                           .aio_sigevent = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_read}};
  struct aiocb *const list[] = {&transfer};
  struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_list};
  barrier_init(&done, 2);
  if (pipe(ends) != 0 || write(ends[1], "xy", 2) != 2) return 2;
  transfer.aio_fildes = ends[0];
  before = 1;
  if (aio_read(&transfer) != 0) return 2;
  barrier_wait(&done);
  after_read += 1;  // <- here
  transfer.aio_lio_opcode = LIO_READ;
  transfer.aio_sigevent.sigev_notify = SIGEV_NONE;
  if (lio_listio(LIO_NOWAIT, list, 1, &event) != 0) return 2;
  barrier_wait(&done);
  after_list += 1;  // <- here
  return after_read + after_list - 4;
}
