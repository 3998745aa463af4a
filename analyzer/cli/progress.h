// Progress tells on a terminal how far a check has come, from the third second on, in one line that is wiped away again.
//
//   Progress progress(bytes_of_all_files, Progress::to_terminal());
//   progress.advance(bytes, events);   // now and then, from any thread
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace tenter::analysis {

class Progress {
 public:
  using Clock = std::chrono::steady_clock;
  struct Screen {
    std::function<void(std::string_view)> write;  // null: nobody looks
    std::function<Clock::time_point()> now;
  };
  // Standard error, where that is a terminal that can wipe a line.
  static Screen to_terminal();

  // `total`: the bytes that there are to read; 0: unknown.
  Progress(std::uint64_t total, Screen screen);
  ~Progress();  // wipes the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // So much more is done. Thread-safe.
  void advance(std::uint64_t bytes, std::uint64_t events);

 private:
  std::string line(double seconds) const;

  const Screen screen_;
  const std::uint64_t total_;
  const Clock::time_point began_;
  std::mutex mutex_;
  Clock::time_point shown_;
  std::uint64_t bytes_ = 0, events_ = 0;
  bool on_screen_ = false;
};

}  // namespace tenter::analysis
