// A slot of a buffered channel has two moments: of those who filled and emptied it so far, and of the one who was queued when
// somebody else filled it in his name. The second cannot be added to the first, because ThreadSanitizer can only add what the running
// task has done, and the running task does not come after the one who was queued.
#include "tsan/channels.h"

#include <atomic>

#include "record/spin_lock.h"
#include "record/sys.h"
#include "tsan/pool.h"

namespace tenter::detector {
namespace {

struct Slot {
  Moment used;         // meaningless unless was_used
  Moment* in_advance;  // null: nobody's
  bool was_used;
};

struct Channel {
  const void* address = nullptr;
  Channel* next = nullptr;  // in its bucket
  std::uint64_t capacity = 0;
  std::uint64_t sends = 0, receives = 0;
  Slot* slots = nullptr;  // zeros at first; null: no memory, or none needed
  Slot first;             // the only one of the many channels with one
  Moment closed;
  bool is_closed = false;
};

constinit Pool<Channel> channel_pool;
constinit Pool<Moment> moment_pool;

// All live channels by address.
class Table {
 public:
  void add(Channel& channel) {
    Bucket& bucket = bucket_of(channel.address);
    const record::SpinGuard guard(bucket.lock);
    channel.next = bucket.first;
    bucket.first = &channel;
  }
  Channel* find(const void* address) {
    Bucket& bucket = bucket_of(address);
    const record::SpinGuard guard(bucket.lock);
    Channel* channel = bucket.first;
    while (channel != nullptr && channel->address != address) { channel = channel->next; }
    return channel;
  }
  Channel* take_out(const void* address) {
    Bucket& bucket = bucket_of(address);
    const record::SpinGuard guard(bucket.lock);
    Channel** link = &bucket.first;
    while (*link != nullptr && (*link)->address != address) { link = &(*link)->next; }
    Channel* const channel = *link;
    if (channel != nullptr) { *link = channel->next; }
    return channel;
  }
  void reset_locks() {
    for (Bucket& bucket : buckets_) { bucket.lock.reset(); }
  }

 private:
  struct Bucket {
    record::SpinLock lock;
    Channel* first = nullptr;  // guarded by lock
  };
  static constexpr std::size_t bucket_count_log2 = 14;

  Bucket& bucket_of(const void* address) {
    constexpr std::uint64_t golden = 0x9e37'79b9'7f4a'7c15;
    return buckets_[reinterpret_cast<std::uintptr_t>(address) * golden >> (64 - bucket_count_log2)];
  }

  Bucket buckets_[std::size_t{1} << bucket_count_log2];
};
constinit Table channels;

void take_in_advance(Slot& slot) {
  slot.in_advance->come_after();
  moment_pool.drop(slot.in_advance);
  slot.in_advance = nullptr;
}

// The running task fills or empties the slot, after all who did so before.
void use(Slot& slot) {
  if (slot.was_used) { slot.used.come_after(); }
  if (slot.in_advance != nullptr) { take_in_advance(slot); }
  slot.used.store_now();
  slot.was_used = true;
}

void hand_over(Slot& slot, Who& partner) {
  if (slot.in_advance != nullptr) { moment_pool.drop(slot.in_advance); }
  slot.in_advance = partner.parked;
  partner.parked = nullptr;
}

void complete(Who& partner) {
  partner.by_partner.store_now();
  partner.is_completed = true;
}

// Null where there was no memory for the slots: then nothing can be said of who comes after whom, and everybody is.
Slot* slot_of(Channel& channel, std::uint64_t number) {
  return channel.slots == nullptr ? nullptr : &channel.slots[number % channel.capacity];
}

void transfer(Channel& channel, Slot* slot, Who* partner) {
  if (slot == nullptr) {
    channel.closed.come_after();
    channel.closed.add_now();
    if (partner != nullptr) { complete(*partner); }
    return;
  }
  use(*slot);
  if (partner == nullptr) { return; }
  complete(*partner);
  if (partner->parked != nullptr) { hand_over(*slot, *partner); }
}

// Both are at the same place at the same time: each comes after what the other had done.
void meet(Who* partner) {
  if (partner == nullptr) { return; }
  if (partner->parked != nullptr) { partner->parked->come_after(); }
  complete(*partner);
}

}  // namespace

void channel_made(const void* address, std::uint64_t capacity) {
  Channel* const channel = channel_pool.make();
  if (channel == nullptr) { return; }
  channel->address = address;
  channel->capacity = capacity;
  channel->first = Slot{};
  if (capacity == 1) {
    channel->slots = &channel->first;
  } else if (capacity > 1 && capacity < (std::uint64_t{1} << 40)) {
    channel->slots = static_cast<Slot*>(record::sys::map_memory(capacity * sizeof(Slot)));
  }
  channels.add(*channel);
}

void channel_destroyed(const void* address) {
  Channel* const channel = channels.take_out(address);
  if (channel == nullptr) { return; }
  // What is still in the buffer was taken out before, by whoever destroys the channel.
  for (std::uint64_t number = channel->receives; channel->slots != nullptr && number < channel->sends; ++number) {
    if (Slot& slot = channel->slots[number % channel->capacity]; slot.in_advance != nullptr) {
      moment_pool.drop(slot.in_advance);
    }
  }
  if (channel->slots != nullptr && channel->slots != &channel->first) {
    record::sys::unmap(channel->slots, channel->capacity * sizeof(Slot));
  }
  channel_pool.drop(channel);
}

void channel_sent(const void* address, Who* partner) {
  Channel* const channel = channels.find(address);
  if (channel == nullptr) { return; }
  if (channel->capacity == 0) { return meet(partner); }
  Slot* const slot = slot_of(*channel, channel->sends++);
  if (partner != nullptr) { ++channel->receives; }
  transfer(*channel, slot, partner);
}

void channel_received(const void* address, Who* partner, bool by_close) {
  Channel* const channel = channels.find(address);
  if (channel == nullptr) { return; }
  if (by_close) {
    if (channel->is_closed) { channel->closed.come_after(); }
    return;
  }
  if (channel->capacity == 0) { return meet(partner); }
  Slot* const slot = slot_of(*channel, channel->receives++);
  if (partner != nullptr) { ++channel->sends; }
  transfer(*channel, slot, partner);
}

void channel_closed(const void* address) {
  Channel* const channel = channels.find(address);
  if (channel == nullptr) { return; }
  channel->closed.store_now();
  channel->is_closed = true;
}

// A timer has no past to hand on.
void channel_sent_by_timer(const void* address, Who* partner) {
  Channel* const channel = channels.find(address);
  if (channel == nullptr || channel->capacity == 0) { return; }
  Slot* const slot = slot_of(*channel, channel->sends++);
  if (slot == nullptr) { return; }
  slot->was_used = false;
  if (partner == nullptr) { return; }
  ++channel->receives;
  if (partner->parked != nullptr) { hand_over(*slot, *partner); }
}

// Of a select with several cases the first call tells all.
void queued_on_channel(Who& self) {
  if (self.parked != nullptr) { return; }
  self.parked = moment_pool.make();
  if (self.parked != nullptr) { self.parked->store_now(); }
}

// Also where it queues again at once: what it had done until then is told anew.
void queues_no_more(Who& self) {
  self.is_completed = false;
  if (self.parked != nullptr) { moment_pool.drop(self.parked); }
  self.parked = nullptr;
}

void done_on_channel(const void* address, Who& self, bool is_send, bool by_close) {
  if (!by_close) {
    if (self.is_completed) { self.by_partner.come_after(); }
  } else if (!is_send) {
    // A sender woken by close throws, and nothing orders it.
    if (Channel* const channel = channels.find(address); channel != nullptr && channel->is_closed) {
      channel->closed.come_after();
    }
  }
  queues_no_more(self);
}

void reset_locks_of_channels() {
  channels.reset_locks();
  channel_pool.reset_lock();
  moment_pool.reset_lock();
}

}  // namespace tenter::detector
