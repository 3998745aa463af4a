// libc copies for one side; the other stores into the middle of it.
// expect: data-race object=buffer
#include <cstring>
#include <thread>
char buffer[256], text[256];
int main() {
  std::thread other([] {
    std::memcpy(buffer, text, sizeof buffer);  // <- here
  });
  buffer[100] = 'x';  // <- and here
  other.join();
}
