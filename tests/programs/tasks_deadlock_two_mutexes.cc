// Two tasks really wait for each other's lock, and main goes home.
// expect: deadlock certainty=observed
// allow: task-leak
#include "tasks.h"

#include "gate.h"
tenter::Mutex left, right;
Gate has_left, has_right;
static void take(tenter::Mutex& mine, tenter::Mutex& theirs, Gate& have, Gate& wait_for) {
  mine.lock();
  have.open();
  while (!wait_for.is_open()) tenter::yield();
  theirs.lock();
  theirs.unlock();
  mine.unlock();
}
int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    tenter::go([] { take(left, right, has_left, has_right); });
    tenter::go([] { take(right, left, has_right, has_left); });
    while (!has_left.is_open() || !has_right.is_open()) tenter::yield();
    let_others_run();
    return 0;
  });
}
