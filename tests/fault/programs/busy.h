// Threads that work until the process ends, each in another way, without a race: what a recorder is in the middle of
// when the end comes.
#pragma once
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// A count that no recorder sees, so that waiting for it orders nothing.
__attribute__((no_sanitize("thread"), noinline, unused)) static int unseen_load(int* count) {
  int value;
  __asm__ volatile("movl %1, %0" : "=r"(value) : "m"(*count) : "memory");
  return value;
}
__attribute__((no_sanitize("thread"), noinline, unused)) static void unseen_add(int* count, int value) {
  __asm__ volatile("lock addl %1, %0" : "+m"(*count) : "r"(value) : "memory");
}
static inline void unseen_wait(int* count, int value) {
  while (unseen_load(count) < value) usleep(100);
}

static pthread_mutex_t busy_mutex = PTHREAD_MUTEX_INITIALIZER;
static long busy_total;
static int busy_started;

static void* busy_with_lock(void* unused) {
  __atomic_add_fetch(&busy_started, 1, __ATOMIC_SEQ_CST);
  for (;;) {
    pthread_mutex_lock(&busy_mutex);
    ++busy_total;
    pthread_mutex_unlock(&busy_mutex);
  }
  return unused;
}

static void* busy_with_memory(void* unused) {
  __atomic_add_fetch(&busy_started, 1, __ATOMIC_SEQ_CST);
  for (unsigned state = 1;;) {
    char* block = (char*)malloc(4096);
    for (int i = 0; i < 64; ++i) {
      state = state * 1664525u + 1013904223u;
      block[(state >> 8) % 4096] = (char)i;
    }
    memset(block, 0, 4096);
    free(block);
  }
  return unused;
}

static void* busy_with_threads(void* unused);
static void* busy_once(void* unused) {
  pthread_mutex_lock(&busy_mutex);
  ++busy_total;
  pthread_mutex_unlock(&busy_mutex);
  return unused;
}
static void* busy_with_threads(void* unused) {
  __atomic_add_fetch(&busy_started, 1, __ATOMIC_SEQ_CST);
  for (;;) {
    pthread_t other;
    if (pthread_create(&other, 0, busy_once, 0) == 0) pthread_join(other, 0);
  }
  return unused;
}

// Returns when all three are at work.
static inline void start_busy_threads(void) {
  void* (*const bodies[])(void*) = {busy_with_lock, busy_with_memory, busy_with_threads};
  for (unsigned i = 0; i < 3; ++i) {
    pthread_t thread;
    pthread_create(&thread, 0, bodies[i], 0);
    pthread_detach(thread);
  }
  while (__atomic_load_n(&busy_started, __ATOMIC_SEQ_CST) != 3) usleep(100);
}
