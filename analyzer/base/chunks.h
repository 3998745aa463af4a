// Chunks is an array that grows without moving what it holds: by 2 MiB at a time, in memory for which the kernel may use huge
// pages. A large table is reached at random, and then each access waits for the processor's table of pages as well as for
// memory; and half of the time in which a large vector grows goes to pages that are copied and given back.
//
//   Chunks<Cell> cells;
//   cells.push_back(Cell());
//   cells[number].mask = 1;  // references stay valid
//
// A T is trivially destructible. Not thread-safe; const functions may be called from several threads.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <type_traits>
#include <vector>

namespace tenter::analysis {

// 2 MiB at a multiple of that, to be given to std::free(). Never null: std::bad_alloc is thrown. Huge pages are asked for where
// `huge`, and may come late or not at all.
void* take_chunk(bool huge);
constexpr std::size_t chunk_size_bytes = std::size_t{1} << 21;

template <class T>
class Chunks {
  static_assert(std::is_trivially_destructible_v<T> && sizeof(T) <= chunk_size_bytes);

 public:
  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) { return chunks_[i / in_a_chunk][i % in_a_chunk]; }
  const T& operator[](std::size_t i) const { return chunks_[i / in_a_chunk][i % in_a_chunk]; }
  void push_back(const T& value) {
    // What is small does without: a huge page is cleared as a whole.
    if (size_ == chunks_.size() * in_a_chunk) chunks_.emplace_back(static_cast<T*>(take_chunk(!chunks_.empty())));
    std::construct_at(&(*this)[size_], value);
    ++size_;
  }

 private:
  static constexpr std::size_t in_a_chunk = std::bit_floor(chunk_size_bytes / sizeof(T));
  struct Free {
    void operator()(T* chunk) const { std::free(chunk); }
  };
  std::vector<std::unique_ptr<T[], Free>> chunks_;
  std::size_t size_ = 0;
};

}  // namespace tenter::analysis
