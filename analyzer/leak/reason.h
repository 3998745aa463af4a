// Why a task was left behind, in one word.
#pragma once
#include <cstdint>

#include "order/handles.h"
#include "order/world.h"

namespace tenter::analysis {

enum class LeakReason : std::uint8_t {
  send_no_receiver,
  receive_no_sender,
  select_no_case,
  nil_channel,
  lock_never_released,
  wait_group_never_done,
  condition_never_signalled,
  context_never_cancelled,
  still_running
};
// As reports spell it: "send-no-receiver". Any thread.
const char* name_of(LeakReason reason);

// What a wait that never ends never gets. A wait for contexts alone, in a select or not, is one for their cancellation.
LeakReason reason_of(const Waiting& waiting, const Handles& handles);

}  // namespace tenter::analysis
