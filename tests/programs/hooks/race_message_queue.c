/* What comes after a message was sent is not ordered with who is notified of it, nor with who receives it. */
// each: data-race object=notified,received
// levels: one
// needs: mqueue
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "threads/invisible_barrier.h"

static invisible_barrier_t done;
static mqd_t queue;
int notified, received;

static void on_message(union sigval value) {
  char text[8];
  notified += value.sival_int;  // <- here
  barrier_wait(&done);
  mq_receive(queue, text, sizeof text, NULL);
  received += 1;  // <- here
  barrier_wait(&done);
}

int main(void) {
  struct mq_attr shape = {.mq_maxmsg = 2, .mq_msgsize = 8};
  struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_message, .sigev_value.sival_int = 2};
  char name[40];
  snprintf(name, sizeof name, "/tenter-race-%d", (int)getpid());
  barrier_init(&done, 2);
  queue = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, &shape);
  mq_unlink(name);
  if (queue < 0 || mq_notify(queue, &event) != 0) return 2;
  if (mq_send(queue, "abc", 3, 1) != 0) return 3;
  notified += 1;  // <- here
  received += 1;  // <- here
  barrier_wait(&done);
  barrier_wait(&done);
  return notified + received - 5;
}
