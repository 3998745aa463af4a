// Several threads look at one exception; the last to let go of it destroys it, whichever that is.
// expect: nothing
// levels: all
#include <exception>
#include <future>
#include <string>
#include <thread>

#include "gate.h"

struct Failure {
  std::string text = "an exception whose text is too long for a string without memory of its own";
  int number = 7;
};

static int look_at(std::exception_ptr thrown) {
  try {
    std::rethrow_exception(std::move(thrown));
  } catch (const Failure& failure) { return failure.number + (failure.text[0] == 'a' ? 1 : 0); }
}

// The first thread is done with the exception before the other one is, and destroys it.
static int one_after_the_other(std::exception_ptr thrown) {
  Gate first_done;
  int numbers[2] = {0, 0};
  std::thread first([copy = thrown, &numbers, &first_done]() mutable {
    numbers[0] = look_at(std::move(copy));
    copy = nullptr;
    first_done.open();
  });
  std::thread last([copy = std::move(thrown), &numbers, &first_done]() mutable {
    first_done.wait();
    numbers[1] = look_at(std::move(copy));
    copy = nullptr;
  });
  thrown = nullptr;
  first.join();
  last.join();
  return numbers[0] + numbers[1] == 16 ? 0 : 1;
}

// The handler of the thread that threw ends after the other threads have looked.
static int by_promise() {
  Gate looked;
  std::promise<void> promise;
  std::shared_future<void> future = promise.get_future().share();
  int number = 0;
  std::thread thrower([promise = std::move(promise), &looked]() mutable {
    try {
      throw Failure{};
    } catch (const Failure&) {
      promise.set_exception(std::current_exception());
      { const std::promise<void> gone = std::move(promise); }
      looked.wait();
    }
  });
  std::thread reader([future = std::move(future), &number, &looked]() mutable {
    try {
      future.get();
    } catch (const Failure& failure) { number = failure.number + static_cast<int>(failure.text.size()); }
    future = {};
    looked.open();
  });
  thrower.join();
  reader.join();
  return number > 7 ? 0 : 1;
}

int main() {
  int wrong = one_after_the_other(std::make_exception_ptr(Failure{}));
  try {
    throw Failure{};
  } catch (...) { wrong += one_after_the_other(std::current_exception()); }
  return wrong + by_promise();
}
