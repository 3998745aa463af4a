/* What came before a transfer was asked for happened before what libc calls in a thread of its own when it is done. */
// expect: nothing
// levels: one
#include <aio.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

static sem_t done;
static int given, taken, listed, written, late;
static char byte;

static void on_end(union sigval value) {
  taken += given + value.sival_int;
  sem_post(&done);
}
static void on_list(union sigval value) {
  listed = given + value.sival_int;
  sem_post(&done);
}

static struct sigevent call(void (*function)(union sigval), int value) {
  const struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = function, .sigev_value.sival_int = value};
  return event;
}

static void *write_late(void *end) {
  written = 50;
  return write(*(int *)end, "x", 1) == 1 ? NULL : end;
}
static void *read_late(void *end) {
  char text;
  return read(*(int *)end, &text, 1) == 1 && written == 60 ? NULL : end;
}
static void on_late(union sigval value) {
  late = written + value.sival_int;
  sem_post(&done);
}

static int wait_for(int result) { return result != 0 || sem_wait(&done) != 0; }

int main(void) {
  int ends[2];
  pthread_t writer;
  void *failed;
  struct aiocb transfer = {.aio_buf = &byte, .aio_nbytes = 1, .aio_sigevent = call(on_end, 1)};
  struct aiocb *const list[] = {&transfer, NULL};
  struct sigevent event = call(on_list, 7);
  sem_init(&done, 0, 0);
  if (pipe(ends) != 0) return 2;
  given = 10;
  transfer.aio_fildes = ends[1];
  if (wait_for(aio_write(&transfer)) || aio_return(&transfer) != 1) return 3;
  /* The same request again. */
  given = 20;
  transfer.aio_fildes = ends[0];
  if (wait_for(aio_read(&transfer)) || aio_return(&transfer) != 1) return 4;
  /* One of a list, and all of it. */
  given = 30;
  transfer.aio_fildes = ends[1];
  transfer.aio_lio_opcode = LIO_WRITE;
  transfer.aio_sigevent.sigev_notify = SIGEV_NONE;
  if (wait_for(lio_listio(LIO_NOWAIT, list, 2, &event)) || aio_return(&transfer) != 1) return 5;
  given = 40;
  transfer.aio_lio_opcode = LIO_READ;
  transfer.aio_fildes = ends[0];
  transfer.aio_sigevent = call(on_end, 2);
  if (wait_for(lio_listio(LIO_NOWAIT, list, 2, NULL)) || aio_return(&transfer) != 1) return 6;
  /* Somebody else writes what the request waits for. */
  transfer.aio_sigevent = call(on_late, 3);
  if (aio_read(&transfer) != 0 || pthread_create(&writer, NULL, write_late, &ends[1]) != 0) return 8;
  sem_wait(&done);
  if (pthread_join(writer, &failed) != 0 || failed != NULL || late != 53) return 9;
  /* Asynchronous at one end only. */
  transfer.aio_sigevent.sigev_notify = SIGEV_NONE;
  if (aio_read(&transfer) != 0 || pthread_create(&writer, NULL, write_late, &ends[1]) != 0) return 8;
  while (aio_error(&transfer) == EINPROGRESS) aio_suspend((const struct aiocb *const *)list, 1, NULL);
  if (aio_return(&transfer) != 1 || written != 50) return 9;
  if (pthread_join(writer, &failed) != 0 || failed != NULL) return 9;
  transfer.aio_fildes = ends[1];
  if (pthread_create(&writer, NULL, read_late, &ends[0]) != 0) return 10;
  written = 60;
  if (aio_write(&transfer) != 0 || pthread_join(writer, &failed) != 0 || failed != NULL) return 11;
  return taken == 11 + 21 + 42 && listed == 37 ? 0 : 7;
}
