// AccessFilter remembers what one task accessed since its last release, so that repetitions need not be written.
//
//   if (filter.covers(address, 3, true)) return;   // this task wrote all 8 bytes already
//   ... write the event ...
//   filter.add(address, 3, true);
//
// Why no race is lost. Let a and b be accesses of one task to the same bytes, a first, with no release of that
// task in between, and a a write if b is one. b is dropped. Let c be an access of another task that races with b.
//   - c before a in happens-before: then c before b, as a precedes b in its task; so c would not race with b.
//   - a before c: the path from a to c leaves the task by a release after a, hence after b; so b would be before c.
// Neither holds, so c races with a, which is in the recording. With locks in mind: between a and b the task may
// have taken locks but given none up, so a holds no lock that b does not; what a lock-set or a predictive
// analysis finds for b it finds for a. (The argument is that of FastTrack's "same epoch" rules: Flanagan, Freund, PLDI 2009.)
// An epoch also ends where the stream goes on with another task, and memory that is allocated or freed is forgotten:
// the same address is another object then.
//
// A direct-mapped table, which is a shadow of the memory that this thread uses: neighbours in memory are neighbours in the
// table, one entry for each granule of 8 bytes with a bit for each byte read and each byte written. With 2^20 entries it
// stands for 8 MiB; addresses that are further apart may collide and then replace each other, which writes an
// access again and loses nothing. What many threads only read is in the table of each, so nobody writes to another's.
//
//   entry   tag:29 | epoch:19 | written:8 | accessed:8        a write sets both masks, so it covers reads
//
// The entries follow the object in memory: whoever makes one provides bytes_for() bytes of zeros and calls use_entries().
// Not thread-safe: one per thread. A signal handler may use it at any point of the interrupted code's use.
#pragma once
#include <cstddef>
#include <cstdint>

namespace tenter::record {

class AccessFilter {
 public:
  static constexpr unsigned index_bits_min = 15;
  static constexpr unsigned index_bits_max = 20;
  static constexpr unsigned index_bits_disabled = 1;  // where there is no memory for more: nothing is ever covered

  // Memory of zeros, as the kernel hands it out, is an empty filter: its pages stay untouched until they are needed.
  AccessFilter() = default;
  AccessFilter(const AccessFilter&) = delete;
  AccessFilter& operator=(const AccessFilter&) = delete;

  static constexpr std::size_t bytes_for(unsigned index_bits) {
    return sizeof(AccessFilter) + (sizeof(std::uint64_t) << index_bits);
  }
  // 2^index_bits zeros follow the object, from index_bits_min to index_bits_max, or index_bits_disabled. Before anything
  // else, and only once.
  void use_entries(unsigned index_bits) {
    index_mask_ = (std::uint32_t{1} << index_bits) - 1;
    disabled_ = index_bits == index_bits_disabled;
  }

  // Has every byte of the access been accessed in this epoch with at least this strength?
  // 1, 2, 4 or 8 bytes at any address below 2^47.
  bool covers(std::uintptr_t address, unsigned size_log2, bool write) const {
    const unsigned size = 1u << size_log2;
    const unsigned offset = address & 7u;
    if (offset + size <= 8) [[likely]] { return covers_within(address, size_log2, write); }
    return covers_granule(address, byte_mask(offset, 8 - offset), write) &&
           covers_granule(address + 8, byte_mask(0, offset + size - 8), write);
  }

  // The same for an access that lies in one granule.
  static bool within_granule(std::uintptr_t address, unsigned size_log2) {
    return (address & 7u) + (1u << size_log2) <= 8;
  }
  bool covers_within(std::uintptr_t address, unsigned size_log2, bool write) const {
    return covers_granule(address, byte_mask(address & 7u, 1u << size_log2), write);
  }

  // 16 bytes at a multiple of 16: a pair of entries.
  bool covers_pair(std::uintptr_t address, bool write) const {
    const std::uint64_t needed = need(0xff, write);
    const std::uint64_t wanted = expected(address) | needed;
    const std::uint64_t* pair = entries() + (index_of(address) & ~std::size_t{1});
    return (((pair[0] ^ wanted) | (pair[1] ^ wanted)) & (tag_and_epoch | needed)) == 0;
  }

  // The same for those of 64 bytes from `address` on whose bits are set. They mostly lie in two granules.
  bool covers_bytes(std::uintptr_t address, std::uint64_t bytes, bool write) const {
    const unsigned offset = address & 7u;
    std::uintptr_t granule = address - offset;
    const std::uint64_t first = bytes << offset & 0xff;
    bytes >>= 8 - offset;
    unsigned covered = covers_some(granule, first, write) & covers_some(granule + 8, bytes & 0xff, write);
    while ((bytes >>= 8) != 0 && covered != 0) {
      granule += 8;
      covered = covers_some(granule + 8, bytes & 0xff, write);
    }
    return covered != 0;
  }

  void add(std::uintptr_t address, unsigned size_log2, bool write) {
    const unsigned size = 1u << size_log2;
    const unsigned offset = address & 7u;
    if (offset + size <= 8) [[likely]] {
      add_granule(address, byte_mask(offset, size), write);
    } else {
      add_granule(address, byte_mask(offset, 8 - offset), write);
      add_granule(address + 8, byte_mask(0, offset + size - 8), write);
    }
  }

  // The same for any size, with more to say: what is left of a range when covered bytes are taken off at both of its ends.
  // Empty where all are covered. In between there may be covered ones. Of a range that is longer than half of what the table
  // stands for nothing is ever covered: adding it would push out everything else, itself included.
  struct Range {
    std::uintptr_t begin, end;
    bool is_empty() const { return begin == end; }
    std::size_t size() const { return end - begin; }
  };
  Range uncovered(std::uintptr_t address, std::size_t size, bool write) const;
  void add_range(std::uintptr_t address, std::size_t size, bool write);

  // Another number for another epoch.
  std::uint64_t epoch() const { return epoch_; }

  // After a release, and when the thread goes on with another task.
  void new_epoch() {
    epoch_ += one_epoch;
    if (epoch_ == epoch_end) [[unlikely]] { forget_all(); }
  }

  // The bytes are another object from now on.
  void forget_range(std::uintptr_t address, std::size_t size);

  void forget_all();  // for another thread

  // For filter=off: nothing is added, so nothing is ever covered.
  void disable() { disabled_ = true; }

 private:
  static constexpr std::uint64_t one_epoch = std::uint64_t{1} << 16;
  static constexpr unsigned epoch_bits = 19;
  static constexpr std::uint64_t epoch_end = one_epoch << epoch_bits;
  static constexpr unsigned tag_place = 16 + epoch_bits;
  static constexpr std::uint64_t tag_and_epoch = ~std::uint64_t{0xffff};

  static constexpr unsigned byte_mask(unsigned offset, unsigned size) { return ((1u << size) - 1u) << offset; }
  static std::uint64_t need(unsigned bytes, bool write) { return write ? std::uint64_t{bytes} << 8 : bytes; }

  // The high bits are mixed in so that stacks and heaps, which begin at round addresses, are apart. Given the tag, which
  // holds all bits but the lowest index_bits_min, the index determines the rest.
  // Granules that lie in one aligned block of a power of two have entries that do so as well, in some order.
  std::size_t index_of(std::uintptr_t address) const {
    const std::uintptr_t granule = address >> 3;
    return (granule ^ (granule >> index_bits_max)) & index_mask_;
  }
  std::uint64_t expected(std::uintptr_t address) const {
    return (address >> (3 + index_bits_min) << tag_place) | epoch_;
  }
  const std::uint64_t* entries() const { return reinterpret_cast<const std::uint64_t*>(this + 1); }
  std::uint64_t* entries() { return reinterpret_cast<std::uint64_t*>(this + 1); }

  bool covers_granule(std::uintptr_t address, unsigned bytes, bool write) const {
    const std::uint64_t needed = need(bytes, write);
    return ((entries()[index_of(address)] ^ (expected(address) | needed)) & (tag_and_epoch | needed)) == 0;
  }

  // No branch: nobody can foretell which bytes a mask selects.
  unsigned covers_some(std::uintptr_t address, std::uint64_t bytes, bool write) const {
    return unsigned{bytes == 0} | unsigned{covers_granule(address, static_cast<unsigned>(bytes), write)};
  }

  void add_granule(std::uintptr_t address, unsigned bytes, bool write) {
    if (disabled_) { return; }
    std::uint64_t& entry = entries()[index_of(address)];
    const std::uint64_t wanted = expected(address);
    const std::uint64_t masks = (entry & tag_and_epoch) == wanted ? entry & 0xffff : 0;
    entry = wanted | masks | bytes | (write ? std::uint64_t{bytes} << 8 : 0);
  }

  static constexpr std::uintptr_t block_bytes = 64;  // whose entries are looked at together
  const std::uint64_t* block_of(std::uintptr_t address) const {
    return entries() + (index_of(address) & ~std::size_t{block_bytes / 8 - 1});
  }
  std::uint64_t* block_of(std::uintptr_t address) {
    return entries() + (index_of(address) & ~std::size_t{block_bytes / 8 - 1});
  }
  bool covers_block(std::uintptr_t address, bool write) const;
  void add_block(std::uintptr_t address, bool write);
  bool is_too_long(std::size_t size) const { return disabled_ || size > (std::size_t{index_mask_} + 1) * 8 / 2; }

  std::uint64_t epoch_;  // at its place in an entry; an empty entry has no bit in its masks and covers nothing in any
  std::uint32_t index_mask_;
  bool disabled_;
};
static_assert(47 - 3 - AccessFilter::index_bits_min == 29,
              "a tag has room for all of an address that the index leaves");

}  // namespace tenter::record
