#include "order/handles.h"

#include <algorithm>

namespace tenter::analysis {
namespace {

using trace::HandleFlag;
using trace::Op;

constexpr std::uint8_t both = HandleFlag::send | HandleFlag::receive;
constexpr std::size_t ends_kept = 16;
constexpr std::array<std::uint8_t, 2> directions = {HandleFlag::send, HandleFlag::receive};

}  // namespace

void Handles::on_other(const Step& step) {
  const Event& event = step.event;
  switch (event.op) {
    case Op::chan_make: {
      goes_on(step.task);
      Channel& channel = channels_[event.object];
      const std::uint64_t generation = channel.generation + 1;
      channel = Channel{};
      channel.generation = generation;
      channel.whole = true;
      return;
    }
    case Op::alloc:
      if (event.arg == static_cast<std::uint8_t>(trace::MemoryKind::stack) && event.value != 0) on_stack(event);
      return;
    case Op::task_stack: {
      const auto stack = stacks_.find(event.object);
      if (stack != stacks_.end()) stack->second.owner = TaskId{static_cast<std::uint32_t>(event.value)};
      return;
    }
    case Op::task_start:
      if (main_thread_ == no_task && event.arg == static_cast<std::uint8_t>(trace::TaskKind::main))
        main_thread_ = step.task;
      return;
    case Op::task_end:
      if (step.task != main_thread_) goes_on(step.task);
      return;
    case Op::wait_end: return wakes(step.task);
    case Op::task_create:
    case Op::chan_send:
    case Op::chan_recv:
    case Op::chan_park:
    case Op::wait_begin: return goes_on(step.task);
    default: return;
  }
}

void Handles::on_stack(const Event& event) {
  auto at = stacks_.lower_bound(event.object);
  if (at != stacks_.begin()) {
    const auto before = std::prev(at);
    if (event.object - before->first < before->second.size) stacks_.erase(before);
  }
  while (at != stacks_.end() && at->first - event.object < event.value) at = stacks_.erase(at);
  stacks_.emplace(event.object, Stack{event.value, no_task});
}

TaskId Handles::owner_of(std::uint64_t address) const {
  auto at = stacks_.upper_bound(address);
  if (at == stacks_.begin()) return no_task;
  --at;
  return address - at->first < at->second.size ? at->second.owner : no_task;
}

void Handles::on_birth(const Step& step) {
  const Event& event = step.event;
  Channel& channel = channels_[event.object];
  if (event.flags == HandleFlag::outside) {
    channel.outside = true;
    return;
  }
  if (event.flags == HandleFlag::held) {
    const auto live = channel.live.find(event.value);
    if (live == channel.live.end()) return;
    live->second.held_by = step.task;
    held_[index(step.task)].emplace_back(event.object, event.value);
    return;
  }
  const std::uint8_t can = event.flags & both;
  const bool cancels = event.flags == HandleFlag::cancel;
  channel.of_context = channel.of_context || cancels;
  // The first one comes from make_chan(), or from whoever makes a context.
  const bool taken_over = !cancels && (event.flags & (HandleFlag::copied | HandleFlag::moved)) != 0;
  if (!channel.begun && (can != both || taken_over)) channel.whole = false;
  channel.begun = true;
  Live& live = channel.live[event.value];
  live.directions |= can;
  ++live.times;
}

void Handles::on_death(const Step& step) {
  const Event& event = step.event;
  Channel& channel = channels_[event.object];
  if (event.flags == HandleFlag::outside) {
    channel.outside = false;
    return;
  }
  const auto live = channel.live.find(event.value);
  if (live == channel.live.end() || live->second.ending == live->second.times) {
    channel.whole = false;
    return;
  }
  ++live->second.ending;
  Ending ending{event.object, channel.generation, event.value, {step.task, site_of(event), no_task, 0}};
  if ((event.flags & HandleFlag::moved) != 0) {  // another takes its place
    take_out(ending);
    return;
  }
  ending.end.on_stack_of = owner_of(event.value);
  ending.end.number = ++ends_;
  endings_[index(step.task)].push_back(ending);
}

void Handles::goes_on(TaskId task) {
  const auto at = endings_.find(index(task));
  if (at == endings_.end()) return;
  for (const Ending& ending : at->second) take_out(ending);
  endings_.erase(at);
}

void Handles::wakes(TaskId task) {
  const auto at = held_.find(index(task));
  if (at == held_.end()) return;
  for (const auto& [channel, handle] : at->second) {
    const auto known = channels_.find(channel);
    if (known == channels_.end()) continue;
    const auto live = known->second.live.find(handle);
    if (live != known->second.live.end() && live->second.held_by == task) live->second.held_by = no_task;
  }
  held_.erase(at);
}

void Handles::take_out(const Ending& ending) {
  Channel& channel = channels_[ending.channel];
  const auto live = channel.live.find(ending.handle);
  if (channel.generation != ending.generation || live == channel.live.end()) return;
  const std::uint8_t was = live->second.directions;
  --live->second.ending;
  if (--live->second.times == 0) channel.live.erase(live);
  if (ending.end.number == 0) return;
  for (std::size_t i = 0; i < directions.size(); ++i) {
    if ((was & directions[i]) == 0) continue;
    channel.ends[i].push_back(ending.end);
    if (channel.ends[i].size() > ends_kept) channel.ends[i].pop_front();
  }
}

bool Handles::belongs_to_context(std::uint64_t address) const {
  const auto at = channels_.find(address);
  return at != channels_.end() && at->second.of_context;
}

bool Handles::others_could(std::uint64_t address, std::uint8_t can, std::span<const std::uint64_t> except,
                           TaskId keeper) const {
  const auto at = channels_.find(address);
  if (at == channels_.end()) return true;
  const Channel& channel = at->second;
  if (!channel.whole || !channel.begun || channel.of_context || channel.outside) return true;
  return std::ranges::any_of(channel.live, [&](const auto& one) {
    const auto& [handle, live] = one;
    if ((live.directions & can) == 0 || std::ranges::find(except, handle) != except.end()) return false;
    return keeper == no_task || live.held_by != no_task || owner_of(handle) != keeper;
  });
}

Reach Handles::who_could(std::uint64_t address, std::uint8_t direction) const {
  Reach reach;
  reach.known = true;
  std::vector<std::uint64_t> asked = {
      address};  // the channel, then those of the contexts that it may be cancelled with
  for (std::size_t next = 0; next < asked.size(); ++next) {
    const auto at = channels_.find(asked[next]);
    if (at == channels_.end() || !at->second.whole || !at->second.begun) {
      reach.known = false;
      if (at == channels_.end()) break;
    }
    const Channel& channel = at->second;
    reach.outside = reach.outside || (channel.outside && direction == HandleFlag::send);
    if (!reach.known) break;
    for (const auto& [handle, live] : channel.live) {
      if ((live.directions & direction) == 0) continue;
      if (channel.of_context && belongs_to_context(handle)) {
        if (std::find(asked.begin(), asked.end(), handle) == asked.end()) asked.push_back(handle);
        continue;
      }
      const TaskId owner = live.held_by != no_task ? live.held_by : owner_of(handle);
      if (owner == no_task) {
        reach.elsewhere = true;
      } else {
        reach.holders.push_back(owner);
      }
    }
    const auto& ends = channel.ends[direction == HandleFlag::send ? 0 : 1];
    reach.ends.insert(reach.ends.end(), ends.begin(), ends.end());
  }
  std::sort(reach.holders.begin(), reach.holders.end());
  reach.holders.erase(std::unique(reach.holders.begin(), reach.holders.end()), reach.holders.end());
  std::sort(reach.ends.begin(), reach.ends.end(),
            [](const HandleEnd& a, const HandleEnd& b) { return a.number > b.number; });
  return reach;
}

}  // namespace tenter::analysis
