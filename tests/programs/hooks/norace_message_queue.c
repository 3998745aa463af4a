/* A message orders who sent it before who received it; who is notified comes after the message, and after the request. */
// expect: nothing
// levels: one
// needs: mqueue
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static sem_t heard, done;
static mqd_t sending, receiving;
static int before, sent, timed, result;

static void on_message(union sigval value) {
  char text[8];
  unsigned priority;
  result = before + value.sival_int + sent;  /* the message is the reason for it */
  if (mq_receive(receiving, text, sizeof text, &priority) == 3) result += (int)priority;
  sem_post(&heard);
  sem_post(&done);
}

static void *send(void *ignored) {
  const struct timespec long_ago = {0};
  (void)ignored;
  sent = 20;
  mq_send(sending, "abc", 3, 1);
  sem_wait(&done);
  timed = 5;
  mq_timedsend(sending, "d", 1, 0, &long_ago);
  return NULL;
}

int main(void) {
  const struct timespec far_away = {.tv_sec = 4000000000};
  struct mq_attr shape = {.mq_maxmsg = 2, .mq_msgsize = 8};
  struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_message, .sigev_value.sival_int = 300};
  char name[40], text[8];
  pthread_t sender;
  sem_init(&heard, 0, 0);
  sem_init(&done, 0, 0);
  snprintf(name, sizeof name, "/tenter-norace-%d", (int)getpid());
  /* Two descriptors of one queue. */
  sending = mq_open(name, O_CREAT | O_EXCL | O_WRONLY, 0600, &shape);
  receiving = mq_open(name, O_RDONLY);
  mq_unlink(name);
  if (sending < 0 || receiving < 0) return 2;
  before = 4000;
  if (mq_notify(receiving, &event) != 0) return 3;
  pthread_create(&sender, NULL, send, NULL);
  /* Nobody is notified of a message for which somebody waits. */
  sem_wait(&heard);
  if (mq_timedreceive(receiving, text, sizeof text, NULL, &far_away) != 1) return 4;
  result += timed;
  pthread_join(sender, NULL);
  return result == 4326 ? 0 : 5;
}
