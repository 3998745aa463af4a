// The order that channels make, told to ThreadSanitizer exactly: Go's memory model, "Channel communication", by the rules of
// analyzer/happens_before/channel_rules.cc. A send happens before its receive is over, the k-th receive before the (k + C)-th
// send is over, a close before a receive that returns because of it; and nothing else does.
//
// All but done_on_channel() are called with the channel's own lock held.
#pragma once
#include <cstdint>

#include "tsan/who.h"

namespace tenter::detector {

void channel_made(const void* channel, std::uint64_t capacity);
void channel_destroyed(const void* channel);
void channel_sent(const void* channel, Who* partner);
void channel_received(const void* channel, Who* partner, bool by_close);
void channel_closed(const void* channel);
void channel_sent_by_timer(const void* channel, Who* partner);
void queued_on_channel(Who& self);
void queues_no_more(Who& self);
void done_on_channel(const void* channel, Who& self, bool is_send, bool by_close);

void reset_locks_of_channels();  // in a forked child

}  // namespace tenter::detector
