// What channels order: The Go Memory Model (June 2022), "Channel communication".
#pragma once
#include "happens_before/sync_objects.h"
#include "happens_before/task_clocks.h"
#include "read/event.h"

namespace tenter::analysis {

// Unbuffered: a send and its receive happen before each other's completion. Capacity C: send k before receive k,
// receive k before send k+C; slot k mod C holds the clock of whoever used it last. We take an operation as one event, so a
// slot also carries receive k to receive k+C, as the slot itself does.
class ChannelRules {
 public:
  ChannelRules(TaskClocks& clocks, SyncObjects& objects) : clocks_(clocks), objects_(objects) {}
  void make(const Event& event);
  void transfer(Task& self, const Event& event);  // a send or receive that committed
  void timer_send(const Event& event);
  void park(Task& self);
  void done(Task& self, const Event& event);  // a partner or close has completed what it parked with
  void close(Task& self, const Event& event);

 private:
  Channel& channel(std::uint64_t address);
  VectorClock& slot(Channel& channel, std::uint64_t number);
  VectorClock parked_clock(TaskId id);

  TaskClocks& clocks_;
  SyncObjects& objects_;
};

}  // namespace tenter::analysis
