// Sends that nothing orders with the close of their channel: in another schedule the close comes first, and the send throws.
// Go's race detector reports such a pair, too (runtime/chan.go: closechan writes what chansend reads).
//
//   closes.observe(step);                // before `order` observes the step
//   for (const MisuseCandidate& one : closes.candidates()) ...
#pragma once
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "channel/misuse_pairs.h"
#include "channel/rash_uses.h"
#include "happens_before/happens_before.h"
#include "order/step.h"

namespace tenter::analysis {

// What counts is what each side knew when it began, so steps are looked at before the clocks move. A send that comes after
// the close needs no look: it threw, and the program has said so. Memory: one entry per channel and task that sent on it,
// less those that are ordered before another. One object is for one thread.
class UnorderedClose {
 public:
  UnorderedClose(const HappensBefore& order, const RashUses& rash) : order_(order), rash_(rash) {}
  // Of what is no plain access.
  void observe(const Step& step);
  // One per pair of places, in order of discovery: `where` is the send, `other` the close.
  const std::vector<MisuseCandidate>& candidates() const { return found_.all(); }

 private:
  struct Sender {
    Epoch epoch;
    Site where;
    bool reached = true;  // whatever went well by luck before it
  };
  struct Channel {
    std::unordered_map<TaskId, Sender> senders;  // the last send of each
    std::size_t prune_at = 16;
  };

  void on_send(const Step& step, TaskId task, const Sender& sender);
  void on_close(const Step& step);

  const HappensBefore& order_;
  const RashUses& rash_;
  std::unordered_map<std::uint64_t, Channel> channels_;
  std::unordered_map<TaskId, Sender> parked_;  // where each task began its last send that had to wait
  MisusePairs found_;
};

}  // namespace tenter::analysis
