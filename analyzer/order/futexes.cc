#include "order/futexes.h"

namespace tenter::analysis {

using trace::Op;
using trace::WaitKind;

void Futexes::see(const Step& step) {
  const Event& event = step.event;
  switch (event.op) {
    case Op::wait_begin: {
      const auto kind = static_cast<WaitKind>(event.value);
      if (kind == WaitKind::futex || kind == WaitKind::private_futex) words_.try_emplace(event.object);
      return;
    }
    case Op::futex_wake: words_[event.object].woken = steps_; return;
    case Op::atomic_load:
    case Op::atomic_store:
    case Op::atomic_rmw:
      if (const auto word = words_.find(event.object); word != words_.end())
        word->second.looked[index(step.task)] = steps_;
      return;
    default: return;
  }
}

bool Futexes::may_be_on_its_way(TaskId waiter, std::uint64_t address) const {
  const auto word = words_.find(address);
  if (word == words_.end() || word->second.woken == 0) return false;
  const auto looked = word->second.looked.find(index(waiter));
  return looked == word->second.looked.end() || looked->second < word->second.woken;
}

}  // namespace tenter::analysis
