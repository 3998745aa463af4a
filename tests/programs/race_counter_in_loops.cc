// Optimizers read the counter once, before the loop, and keep no line for that; what is told has one on both sides.
// expect: data-race object=counter
#include <thread>

int counter = 0;

int main() {
  std::thread one([] {
    for (int i = 0; i < 1000; ++i) ++counter;  // <- here
  });
  std::thread two([] {
    for (int i = 0; i < 1000; ++i) ++counter;  // <- here
  });
  one.join();
  two.join();
}
