// Destroyed after the join.
// expect: nothing
#include <new>
#include <thread>
struct Shape {
  virtual long area() { return 0; }
  virtual ~Shape() {}
};
struct Square : Shape {
  long area() override { return 4; }
  ~Square() override {}
};
alignas(Square) char room[sizeof(Square)];
int main() {
  Shape* shape = new (room) Square;
  std::thread other([shape] { shape->area(); });
  other.join();
  shape->~Shape();
}
