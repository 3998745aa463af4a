// Every operator new and delete tells of the line that called it, not of the library's own malloc and free; and what a
// new-handler gives back meanwhile is given back there.
// each: use-after-free-race object.size=101,102,103,104,192
#include <cstdlib>
#include <new>
#include <thread>

#include "gate.h"
struct Bytes {
  char first;
  char rest[103];
};
struct alignas(64) Wide {
  char first;
  char rest[128];
};
static_assert(sizeof(Bytes) == 104 && sizeof(Wide) == 192);
Gate read_them;
void* reserve;
char* volatile none;
void make_room() {
  std::free(reserve);  // <- the handler's own
  std::set_new_handler(nullptr);
}
int main() {
  reserve = std::malloc(101);                  // <= made here
  char* array = new char[102];                 // <= made here
  char* maybe = new (std::nothrow) char[103];  // <= made here
  Bytes* bytes = new Bytes;                    // <= made here
  Wide* wide = new Wide;                       // <= made here
  *static_cast<char*>(reserve) = *array = *maybe = 1;
  bytes->first = wide->first = 1;
  int seen = 0;
  std::thread other([=, &seen, kept = static_cast<char*>(reserve)] {
    seen = *kept + *array + *maybe + bytes->first + wide->first;  // <- here
    read_them.open();
  });
  read_them.wait();
  std::set_new_handler(make_room);
  const volatile std::size_t too_much = std::size_t{1} << 60;
  none = new (std::nothrow) char[too_much];
  delete[] array;  // <- and here
  delete[] maybe;  // <- and here
  delete bytes;    // <- and here
  delete wide;     // <- and here
  other.join();
  return none == nullptr && seen == 5 ? 0 : 1;
}
