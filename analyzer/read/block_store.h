// BlockStore keeps blocks of one size, written front to back and read as often as wanted: the first ones in memory, and what is
// more in a file without a name in TMPDIR (or /tmp), so that a long trace does not need a large machine. Where no file can be
// had, or the disk is full, memory takes the rest.
//
//   BlockStore store(/*blocks_in_memory=*/256);
//   store.append(std::move(block));
//   const std::byte* bytes = store.read(0, buffer);
//
// append() is for one thread; read() may be called from several, when nothing is appended any more.
#pragma once
#include <cstddef>
#include <memory>
#include <vector>

namespace tenter::analysis {

class BlockStore {
 public:
  static constexpr std::size_t block_bytes = std::size_t{256} << 10;
  using Block = std::unique_ptr<std::byte[]>;
  // Not cleared.
  static Block make_block() { return std::make_unique_for_overwrite<std::byte[]>(block_bytes); }

  explicit BlockStore(std::size_t blocks_in_memory) : most_in_memory_(blocks_in_memory) {}
  ~BlockStore();
  BlockStore(const BlockStore&) = delete;
  BlockStore& operator=(const BlockStore&) = delete;

  // Returns a block to be filled next: this one, where its bytes went into the file.
  Block append(Block block);
  std::size_t size() const { return in_memory_.size() + in_file_; }
  std::size_t blocks_in_file() const { return in_file_; }
  // The block where it lies, or a copy in `buffer`, which is made when it is needed. A file that cannot be read back ends the
  // process with ExitCode::internal and a sentence that says so: what it held is nowhere else.
  const std::byte* read(std::size_t number, Block& buffer) const;

 private:
  bool write_to_file(const std::byte* block);

  const std::size_t most_in_memory_;
  // The first most_in_memory_, then those that come after all in the file.
  std::vector<Block> in_memory_;
  std::size_t in_file_ = 0;
  int file_ = -1;
  bool file_is_full_ = false;
};

}  // namespace tenter::analysis
