// What far.cc calls, and calls back into near.cc: the files form a circle.
#include "units.h"

namespace units {
namespace {
void helper(tenter::Chan<int> out) { out.send(1); }
}  // namespace

void finish_at_last(tenter::Chan<int> out) {
  helper(out);
  out.close();
}
void count_down_there(int number, tenter::Chan<int> out) {
  if (number == 0) return out.close();
  count_down(number - 1, out);
}
void relay(tenter::Chan<int> out) { finish_near(out); }

}  // namespace units
