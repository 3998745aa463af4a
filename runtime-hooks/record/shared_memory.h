// Whose memory it is, as the kernel tells in /proc/self/maps.
#pragma once

namespace tenter::record {

// Whether another process may have this memory, too. So may memory of which nothing is known. Any thread, a signal handler
// included; nothing is allocated.
bool may_be_shared(const void* memory);

}  // namespace tenter::record
