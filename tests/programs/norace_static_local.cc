// The compiler's own guard around a static local.
// expect: nothing
// levels: all
#include <thread>
#include <vector>
static const std::vector<int>& table() {
  static const std::vector<int> made{1, 2, 3};
  return made;
}
int main() {
  std::thread other([] { for (int i = 0; i < 10; ++i) if (table()[1] != 2) return; });
  for (int i = 0; i < 10; ++i) if (table()[2] != 3) return 1;
  other.join();
}
