// A reference to a local of main is written by two threads.
// expect: data-race
#include <thread>
static void fill(int* slot) {
  *slot = 1;  // <- here
}
int main() {
  int slot = 0;
  std::thread left(fill, &slot), right(fill, &slot);
  left.join();
  right.join();
  return slot == 1 ? 0 : 1;
}
