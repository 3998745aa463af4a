// Each loop counts for itself.
// expect: nothing
#include <thread>

int counter = 0;

int main() {
  int first = 0, second = 0;
  std::thread one([&] {
    for (int i = 0; i < 1000; ++i) ++first;
  });
  std::thread two([&] {
    for (int i = 0; i < 1000; ++i) ++second;
  });
  one.join();
  two.join();
  counter = first + second;
  return counter == 2000 ? 0 : 1;
}
