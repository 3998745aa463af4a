// Two threads add to one global, and nothing orders them.
// expect: data-race object=total
// levels: all
#include <thread>
long total;
static void add_one() {
  total = total + 1;  // <- here
}
int main() {
  std::thread other(add_one);
  add_one();
  other.join();
}
