// A thread goes on looking at an exception after it has let go of it; the other destroys it.
// expect: data-race|use-after-free-race+
// levels: all
#include <exception>
#include <thread>

#include "gate.h"

struct Failure {
  int number = 7;
  ~Failure() { number = 0; }  // <- here
};

int main() {
  Gate first_done;
  int number = 0;
  std::exception_ptr thrown = std::make_exception_ptr(Failure{});
  std::thread first([copy = thrown, &number, &first_done]() mutable {
    const Failure* seen = nullptr;
    try {
      std::rethrow_exception(copy);
    } catch (const Failure& failure) { seen = &failure; }
    copy = nullptr;
    number = seen->number;  // <- here
    first_done.open();
  });
  std::thread last([copy = std::move(thrown), &first_done]() mutable {
    first_done.wait();
    copy = nullptr;  // <- here
  });
  first.join();
  last.join();
  return number - 7;
}
