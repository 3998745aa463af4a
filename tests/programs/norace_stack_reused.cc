// Stacks are used again by later threads at the same addresses; that is no race.
// expect: nothing
#include <thread>
static void use_stack(int n) {
  volatile char room[4096];
  for (char& byte : const_cast<char(&)[4096]>(room)) byte = static_cast<char>(n);
}
int main() {
  for (int i = 0; i < 20; ++i) {
    std::thread left(use_stack, i);
    left.detach();
    std::thread right(use_stack, i);
    right.join();
  }
}
