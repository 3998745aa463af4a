/* A thread that libc makes for itself, past pthread_create, is recorded from its first event on, and ordered by what it does. */
// expect: nothing
// levels: one
#include <aio.h>
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

static sem_t start, done;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int given, result, both;

static void on_read(union sigval value) {
  sem_wait(&start);
  result = given + value.sival_int;
  pthread_mutex_lock(&mutex);
  ++both;
  pthread_mutex_unlock(&mutex);
  sem_post(&done);
}

int main(void) {
  int ends[2];
  char byte;
  struct aiocb reading = {.aio_buf = &byte,
                          .aio_nbytes = 1,
                          .aio_sigevent = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_read, .sigev_value.sival_int = 4}};
  sem_init(&start, 0, 0);
  sem_init(&done, 0, 0);
  if (pipe(ends) != 0 || write(ends[1], "x", 1) != 1) return 2;
  reading.aio_fildes = ends[0];
  if (aio_read(&reading) != 0) return 2;
  given = 3;
  sem_post(&start);
  pthread_mutex_lock(&mutex);
  ++both;
  pthread_mutex_unlock(&mutex);
  sem_wait(&done);
  return result + both - 9;
}
