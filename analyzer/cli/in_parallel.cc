#include "cli/in_parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace tenter::analysis {

void in_parallel(std::size_t count, unsigned jobs, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  std::once_flag failed;
  std::exception_ptr failure;  // the first; read after the joins, which order it
  const auto take_turns = [&] {
    try {
      for (std::size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < count;) work(i);
    } catch (...) {
      std::call_once(failed, [&] { failure = std::current_exception(); });
    }
  };
  std::vector<std::thread> helpers;
  const std::size_t most = std::min<std::size_t>(jobs, count);
  helpers.reserve(most);
  for (std::size_t i = 1; i < most; ++i) {
    try {
      helpers.emplace_back(take_turns);
    } catch (const std::system_error&) {
      break;  // the machine gives no more of them
    }
  }
  take_turns();
  for (std::thread& helper : helpers) helper.join();
  if (failure != nullptr) std::rethrow_exception(failure);
}

}  // namespace tenter::analysis
