// std::call_once: whoever loses sees what the winner wrote.
// expect: nothing
#include <mutex>
#include <thread>
std::once_flag flag;
int table;
static int use() {
  std::call_once(flag, [] { table = 5; });
  return table;
}
int main() {
  std::thread other(use);
  const int seen = use();
  other.join();
  return seen == 5 ? 0 : 1;
}
