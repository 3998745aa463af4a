#include "channel_machine.h"

#include <algorithm>

namespace tenter::analysis::oracle {

using trace::ChanFlag;
using trace::Op;

void ChannelMachine::complete(std::uint32_t task, int value) {
  for (auto& [address, pipe] : pipes_) {
    std::erase_if(pipe.senders, [task](const Waiter& one) { return one.task == task; });
    std::erase_if(pipe.receivers, [task](const Waiter& one) { return one.task == task; });
  }
  completed_[task] = value;
}

bool ChannelMachine::perform(const Event& event, std::uint32_t task, std::size_t number, bool learn, int& got) {
  const auto fits = [&](int value) {
    if (learn) got = value;
    return got == value;
  };
  Pipe& pipe = pipes_[event.object];
  const auto partner = static_cast<std::uint32_t>(event.value);
  const int value = static_cast<int>(number);
  switch (event.op) {
    case Op::chan_make:
      pipe = Pipe{};
      pipe.capacity = event.value;
      return true;
    case Op::chan_park: {
      const bool send = (event.flags & ChanFlag::send) != 0;
      if (completed_.count(task) != 0) return true;   // another case of the same select was quicker
      if (pipe.closed) return false;
      if (send ? !pipe.receivers.empty() || pipe.buffer.size() < pipe.capacity : !pipe.senders.empty() || !pipe.buffer.empty())
        return false;
      (send ? pipe.senders : pipe.receivers).push_back({task, value});
      return true;
    }
    case Op::chan_send:
    case Op::chan_timer_send:
      if (pipe.closed && event.op == Op::chan_send) return false;
      if (partner != 0) {
        if (pipe.receivers.empty() || pipe.receivers.front().task != partner) return false;
        complete(partner, value);
        return true;
      }
      if (!pipe.receivers.empty() || pipe.buffer.size() >= pipe.capacity) return false;
      pipe.buffer.push_back(value);
      return true;
    case Op::chan_recv: {
      if ((event.flags & ChanFlag::closed) != 0) return pipe.closed && pipe.buffer.empty();
      if (partner == 0) {
        if (pipe.buffer.empty() || !pipe.senders.empty()) return false;
        const int received = pipe.buffer.front();
        pipe.buffer.pop_front();
        return fits(received);
      }
      if (pipe.senders.empty() || pipe.senders.front().task != partner) return false;
      pipe.buffer.push_back(pipe.senders.front().value);
      complete(partner, nothing);
      const int received = pipe.buffer.front();
      pipe.buffer.pop_front();
      return fits(received);
    }
    case Op::chan_close:
      if (pipe.closed) return false;
      pipe.closed = true;
      while (!pipe.receivers.empty()) complete(pipe.receivers.front().task, closed);
      while (!pipe.senders.empty()) complete(pipe.senders.front().task, closed);
      return true;
    case Op::chan_look: {   // whatever was asked for, it is the same as in the run
      const auto seen = pipe.buffer.size() << 3 | (pipe.closed ? 4u : 0u) | (pipe.senders.empty() ? 0u : 2u) |
                        (pipe.receivers.empty() ? 0u : 1u);
      return fits(static_cast<int>(seen));
    }
    case Op::chan_done: {
      const auto at = completed_.find(task);
      if (at == completed_.end()) return false;
      const int received = at->second;
      completed_.erase(at);
      return fits(received);
    }
    default: return true;
  }
}

std::string ChannelMachine::key() const {
  std::string text;
  const auto add = [&](std::size_t number) { text += static_cast<char>(number + 3); };
  for (const auto& [address, pipe] : pipes_) {
    for (const int value : pipe.buffer) add(static_cast<std::size_t>(value));
    text += '/';
    for (const Waiter& one : pipe.senders) add(one.task);
    text += '/';
    for (const Waiter& one : pipe.receivers) add(one.task);
    text += pipe.closed ? '!' : '/';
  }
  for (const auto& [task, value] : completed_) {
    add(task);
    add(static_cast<std::size_t>(value + 2));
  }
  return text;
}

}  // namespace tenter::analysis::oracle
