// A virtual call while the destructor of the derived class runs in another thread.
// expect: data-race|use-after-free-race
#include <new>
#include <thread>

#include "gate.h"
Gate called;
struct Shape {
  virtual long area() { return 0; }
  virtual ~Shape() { called.is_open(); }  // <- here; with an empty body the compiler drops the store as dead
};
struct Square : Shape {
  long area() override { return 4; }
  ~Square() override {}  // <- here
};
alignas(Square) char room[sizeof(Square)];
int main() {
  Shape* shape = new (room) Square;
  std::thread other([shape] {
    shape->area();  // <- and here
    called.open();
  });
  called.wait();
  shape->~Shape();
  other.join();
}
