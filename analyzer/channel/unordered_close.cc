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
  if (closed == channels_.end() || rash_.are_before(step.task)) return;
  const Site close = site_of(step.event);
  for (const auto& [task, send] : closed->second.senders) {
    if (!send.reached || order_.ordered(send.epoch, step.task)) continue;
    found_.add(MisuseKind::send_on_closed_channel, step.event.object, {task, send.where}, {step.task, close});
  }
  channels_.erase(closed);
}

void UnorderedClose::observe(const Step& step) {
  const Event& event = step.event;
  const auto here = [&] { return Sender{order_.next_epoch(step.task), site_of(event), !rash_.are_before(step.task)}; };
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
    case Op::chan_close: on_close(step); return;
    default: return;
  }
}

}  // namespace tenter::analysis
