// Functions that near.cc calls and cannot see. Nothing here is wrong by itself.
#include "units.h"

namespace units {
namespace {
// third.cc has one of the same name, which does something else.
void helper(tenter::Chan<int> out) { out.close(); }
tenter::Chan<int> kept;
}  // namespace

void finish(tenter::Chan<int> out) { helper(out); }
void finish_if(bool failed, tenter::Chan<int> out) {
  if (failed) out.close();
}
void tell(tenter::Chan<int> out, int value) { out.send(value); }
void look_at(tenter::Chan<int> channel) {
  if (channel.len() > 3) std::terminate();
}
tenter::Chan<int> made_elsewhere() { return tenter::make_chan<int>(); }
tenter::Chan<int> same(tenter::Chan<int> channel) { return channel; }
void start_closer(tenter::Chan<int> out) {
  tenter::go([out] { out.close(); });
}
void close_as_task(tenter::Chan<int> out) { out.close(); }
void work(tenter::WaitGroup& group, bool nothing_to_do) {
  if (nothing_to_do) return;
  group.done();
}
void done_as_task(tenter::WaitGroup& group) { group.done(); }
void finish_by_third(tenter::Chan<int> out) { finish_at_last(out); }
void count_down(int number, tenter::Chan<int> out) {
  if (number == 0) return out.close();
  count_down_there(number - 1, out);
}
void keep(tenter::Chan<int> channel) { kept = channel; }
void finish_kept() { kept.close(); }

void Store::put(int value) {
  const std::lock_guard guard(mutex_);
  put_locked(value);
}
void Store::put_locked(int value) { values_.push_back(value); }
void Store::stop() { quit_.close(); }

}  // namespace units
