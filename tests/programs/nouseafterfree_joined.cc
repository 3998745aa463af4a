// Freed after the join, and its memory is used again by others.
// expect: nothing
#include <cstdlib>
#include <thread>
int main() {
  for (int i = 0; i < 50; ++i) {
    int* number = new int(5);
    std::thread other([number] { *number = 6; });
    other.join();
    delete number;
    void* next = std::malloc(sizeof(int));
    *static_cast<volatile int*>(next) = i;
    std::free(next);
  }
}
