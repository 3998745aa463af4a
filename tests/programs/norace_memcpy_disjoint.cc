// Two copies into two halves.
// expect: nothing
#include <cstring>
#include <thread>
char buffer[256], text[256];
int main() {
  std::thread other([] { std::memcpy(buffer, text, 128); });
  std::memcpy(buffer + 128, text, 128);
  other.join();
}
