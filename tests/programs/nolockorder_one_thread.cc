// One thread alone cannot wait for itself in this way.
// expect: nothing
#include <mutex>
std::mutex left, right;
int main() {
  { std::lock_guard<std::mutex> first(left); std::lock_guard<std::mutex> second(right); }
  { std::lock_guard<std::mutex> first(right); std::lock_guard<std::mutex> second(left); }
}
