#include "happens_before/channel_rules.h"

#include <utility>

namespace tenter::analysis {
namespace {

using trace::ChanFlag;
using trace::Op;

TaskId task_of(std::uint64_t id) { return static_cast<TaskId>(id); }

}  // namespace

void ChannelRules::make(const Event& event) {
  objects_.erase(SyncKind::channel, event.object);
  Channel& made = channel(event.object);
  made.made = true;
  made.capacity = event.value;
}
void ChannelRules::close(Task& self, const Event& event) {
  channel(event.object).close = self.clock;
  self.clock.tick();
}

Channel& ChannelRules::channel(std::uint64_t address) {
  SyncObject& object = objects_.get(SyncKind::channel, address);
  if (!object.channel) object.channel = std::make_unique<Channel>();
  return *object.channel;
}
VectorClock& ChannelRules::slot(Channel& channel, std::uint64_t number) {
  // Of a channel made before the recording the capacity is unknown: all operations share one slot and are ordered.
  // (transfer() orders those with a partner both ways.)
  const std::uint64_t place = channel.made ? number % channel.capacity : 0;
  if (place >= channel.slots.size()) channel.slots.resize(place + 1);
  return channel.slots[place];
}
// What a task did before it queued on the channel on which a partner has now found it.
VectorClock ChannelRules::parked_clock(TaskId id) {
  Task& parked = clocks_.task(id);
  if (parked.seldom && !parked.seldom->parked.empty()) return parked.seldom->parked;
  VectorClock now = parked.clock;  // the park was lost
  parked.clock.tick();
  return now;
}

// A send without a partner fills slot `sends`; a receive without a partner empties slot `receives`. A parked receiver waits
// for slot `receives`, which is empty; a parked sender gets the slot that the receiver has just emptied.
void ChannelRules::transfer(Task& self, const Event& event) {
  if (event.op == Op::chan_recv && (event.flags & ChanFlag::closed) != 0) {
    self.clock.join(channel(event.object).close);  // a close comes before a receive that returns because of it
    return;
  }
  Channel& through = channel(event.object);
  const TaskId partner = task_of(event.value);
  if (through.made && through.capacity == 0) {
    if (partner != no_task) {
      self.clock.join(parked_clock(partner));
      TaskClocks::seldom(clocks_.task(partner)).from_partner = self.clock;
      self.clock.tick();
    }
    return;
  }
  std::uint64_t number = 0;
  if (event.op == Op::chan_send) {
    number = through.sends++;
    if (partner != no_task) ++through.receives;
  } else {
    number = through.receives++;
    if (partner != no_task) ++through.sends;
  }
  VectorClock& place = slot(through, number);
  self.clock.join(place);
  if (!through.made && partner != no_task) self.clock.join(parked_clock(partner));
  place = self.clock;
  if (partner != no_task) {
    TaskClocks::seldom(clocks_.task(partner)).from_partner = self.clock;
    place.join(parked_clock(partner));
  }
  self.clock.tick();
}
void ChannelRules::timer_send(const Event& event) {
  Channel& through = channel(event.object);
  if (!through.made || through.capacity == 0) return;
  const TaskId partner = task_of(event.value);
  VectorClock& place = slot(through, through.sends++);
  place.clear();  // a timer has no past to hand on
  if (partner != no_task) {
    ++through.receives;
    place = parked_clock(partner);
  }
}
void ChannelRules::park(Task& self) {
  TaskClocks::seldom(self).parked = self.clock;
  self.clock.tick();
}
void ChannelRules::done(Task& self, const Event& event) {
  if ((event.flags & ChanFlag::closed) == 0) {
    if (self.seldom) self.clock.join(self.seldom->from_partner);
  } else if ((event.flags & ChanFlag::send) == 0) {
    self.clock.join(channel(event.object).close);  // a sender woken by close throws, and nothing orders it
  }
  if (self.seldom) {
    self.seldom->from_partner.clear();
    self.seldom->parked.clear();
  }
}

}  // namespace tenter::analysis
