// A recursive mutex is made for it.
// expect: nothing
#include <mutex>
std::recursive_mutex guard;
int main() {
  std::lock_guard<std::recursive_mutex> first(guard);
  std::lock_guard<std::recursive_mutex> second(guard);
}
