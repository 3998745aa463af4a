// The cancel function is copied, called by another task and dropped; the context is cancelled all the same.
// expect: nothing
#include "tasks.h"
int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    tenter::WaitGroup group;
    {
      auto [context, cancel] = tenter::with_cancel(tenter::background());
      group.go([context = context] { (void)context.done().recv(); });
      group.go([stop = cancel] { stop(); });
    }
    group.wait();
    return 0;
  });
}
