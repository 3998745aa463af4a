// Stages takes pieces of work through a row of stages on several threads. Each stage takes the pieces one after the other, in
// their order; a piece comes to a stage when those before are through with it. So a stage needs no lock for what is its own,
// and sees the same whatever the number of threads.
//
//   Stages stages(slots);
//   const auto read = stages.add({}, [&](std::size_t slot) { return fill(batches[slot]); });   // false: there are no more
//   stages.add({read}, [&](std::size_t slot) { count(batches[slot]); return true; });
//   stages.run(threads);
#pragma once
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <vector>

namespace tenter::analysis {

class Stages {
 public:
  // What a stage does with the piece that is in the slot. The first stage fills it, or answers that there is none left; the
  // answers of others do not matter.
  using Work = std::function<bool(std::size_t slot)>;

  // So many pieces are under way at a time.
  explicit Stages(std::size_t slots) : slots_(slots) {}
  // The first stage is added first, and comes after nothing. Answers the stage's number.
  std::size_t add(std::vector<std::size_t> after, Work work);
  // Until the last piece is through, with the calling thread and so many more that it makes `threads`, or as many as can be had.
  // Throws what a stage threw; the other stages have stopped then.
  void run(unsigned threads);

 private:
  struct Stage {
    std::vector<std::size_t> after;
    Work work;
    std::uint64_t done = 0;  // pieces
    bool busy = false;
  };
  bool ready(std::size_t number) const;
  bool finished() const;
  void take_turns();

  const std::size_t slots_;
  std::vector<Stage> stages_;
  std::mutex mutex_;  // of all below and of what the stages say of themselves
  std::condition_variable changed_;
  bool last_is_filled_ = false;
  std::exception_ptr failure_;
};

}  // namespace tenter::analysis
