// A heap object that two threads write; the object and where it was allocated are named.
// expect: data-race object.kind=heap object.size=4
#include <thread>
int main() {
  int* number = new int(0);
  std::thread other([=] {
    *number = 1;  // <- here
  });
  *number = 2;  // <- and here
  other.join();
  delete number;
}
