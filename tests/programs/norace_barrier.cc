// Two phases with a barrier between: each thread writes its own slot, then reads the other's.
// expect: nothing
// std: c++20
#include <barrier>
#include <thread>
int slots[2];
std::barrier<> phase(2);
static int exchange(int self) {
  slots[self] = self + 1;
  phase.arrive_and_wait();
  return slots[1 - self];
}
int main() {
  int got = 0;
  std::thread other([&got] { got = exchange(0); });
  const int mine = exchange(1);
  other.join();
  return mine == 1 && got == 2 ? 0 : 1;
}
