// Copies of one shared_ptr come and go in two threads, and the last one frees.
// expect: nothing
// levels: all
#include <memory>
#include <thread>
int main() {
  auto number = std::make_shared<int>(7);
  std::thread other([copy = number] {
    for (int i = 0; i < 100; ++i) {
      auto mine = copy;
      if (*mine != 7) return;
    }
  });
  for (int i = 0; i < 100; ++i) auto mine = number;
  number.reset();
  other.join();
}
