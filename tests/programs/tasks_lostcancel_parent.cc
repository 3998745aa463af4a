// The context could be cancelled with the one that it was derived from, but nobody can cancel that any more either.
// expect: lost-cancel
// expect: deadlock
// exit: 2
#include "tasks.h"
namespace {
tenter::Context below_a_request() {
  auto [request, cancel] = tenter::with_cancel(tenter::background());
  return tenter::with_cancel(tenter::with_value(request, "user", 7)).first;
}
}  // namespace
int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    auto context = below_a_request();
    (void)context.done().recv();  // <- here
    return 0;
  });
}
