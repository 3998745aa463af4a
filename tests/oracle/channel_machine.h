// ChannelMachine moves Go's channels by their own rules: a buffer, and queues of those who wait.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "read/event.h"

namespace tenter::analysis::oracle {

class ChannelMachine {
 public:
  // Whether the channel allows the operation now. A receive, and the end of one that waited, must get the value of the send
  // `got`; with `learn` that is what it gets.
  bool perform(const Event& event, std::uint32_t task, std::size_t number, bool learn, int& got);
  std::string key() const;

 private:
  static constexpr int nothing = -1, closed = -2;
  struct Waiter {
    std::uint32_t task;
    int value;   // of a sender
  };
  struct Pipe {
    std::size_t capacity = 0;
    bool closed = false;
    std::deque<int> buffer;
    std::deque<Waiter> senders, receivers;
  };
  // Takes the task out of every queue: its wait is over, with this value.
  void complete(std::uint32_t task, int value);

  std::map<std::uint64_t, Pipe> pipes_;
  std::map<std::uint32_t, int> completed_;   // by task, until it says so
};

}  // namespace tenter::analysis::oracle
