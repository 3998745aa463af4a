// The join comes first.
// expect: nothing
#include <thread>
int main() {
  int* number = new int(0);
  std::thread other([=] { *number = 1; });
  other.join();
  *number = 2;
  delete number;
}
