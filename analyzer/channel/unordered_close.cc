#include "channel/unordered_close.h"

namespace tenter::analysis {

using trace::ChanFlag;
using trace::MisuseKind;
using trace::Op;

void UnorderedClose::on_send(const Step& step, TaskId task, const Sender& sender) {
  Channel& channel = channels_[step.event.object];
  channel.senders.insert_or_assign(task, sender);
  if (channel.senders.size() < channel.prune_at) return;
  // A close after this step is after all that the step is after.
  std::erase_if(channel.senders, [&](const auto& other) {
    return other.first != task && order_.ordered(other.second.epoch, step.task);
  });
  channel.prune_at = 2 * channel.senders.size() + 16;
}

void UnorderedClose::on_close(const Step& step) {
  const auto closed = channels_.find(step.event.object);
  if (closed == channels_.end()) return;
  const Site close = site_of(step.event);
  for (const auto& [task, send] : closed->second.senders) {
    if (order_.ordered(send.epoch, step.task)) continue;
    const auto [at, is_new] =
        places_.try_emplace({send.where.pc, send.where.callers, close.pc, close.callers}, found_.size());
    if (!is_new) {
      ++found_[at->second].count;
      continue;
    }
    MisuseCandidate candidate;
    candidate.kind = MisuseKind::send_on_closed_channel;
    candidate.predicted = true;
    candidate.task = task;
    candidate.object = step.event.object;
    candidate.where = send.where;
    candidate.other = close;
    candidate.other_task = step.task;
    found_.push_back(candidate);
  }
  channels_.erase(closed);
}

void UnorderedClose::look_at(const Step& step) {
  const Event& event = step.event;
  const auto here = [&] {
    // Not order_.epoch(), which speaks of the step that `order` has observed last.
    return Sender{{step.task, order_.clock(step.task).of(step.task)}, site_of(event)};
  };
  switch (event.op) {
    case Op::chan_make:
    case Op::chan_destroy: channels_.erase(event.object); return;
    case Op::chan_park:
      if ((event.flags & ChanFlag::send) != 0) parked_[step.task] = here();
      return;
    case Op::chan_send: on_send(step, step.task, here()); return;
    case Op::chan_recv:  // of a parked sender's value, or of the value that made room for it
      if (const auto partner = parked_.find(static_cast<TaskId>(event.value)); partner != parked_.end()) {
        on_send(step, partner->first, partner->second);
      }
      return;
    case Op::chan_close:
      if (!blind_) on_close(step);
      return;
    case Op::lost: blind_ = blind_ || (event.flags & trace::LostFlag::only_accesses) == 0; return;
    default: return;
  }
}

}  // namespace tenter::analysis
