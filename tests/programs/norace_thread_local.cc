// Each thread has its own.
// expect: nothing
#include <thread>
thread_local long mine;
static void add() { for (int i = 0; i < 10; ++i) mine = mine + 1; }
int main() {
  for (int i = 0; i < 10; ++i) {
    std::thread other(add);
    add();
    other.join();
  }
}
