// The count of a shared_ptr is safe; what it points to is not.
// expect: data-race object.kind=heap
#include <memory>
#include <thread>
int main() {
  auto number = std::make_shared<int>(0);
  int* raw = number.get();
  std::thread other([number] {
    int* mine = number.get();
    *mine = 1;  // <- here
  });
  *raw = 2;  // <- and here
  other.join();
}
