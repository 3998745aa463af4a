// The bytes that follow what a wide access takes, and locals of such a size that nobody else reaches.
// expect: nothing
// compilers: clang++-19
// levels: all
#include <thread>
#include "threads/invisible_barrier.h"
typedef int Octet __attribute__((vector_size(32)));
typedef int Sixteen __attribute__((vector_size(64)));
struct {
  Octet octet;
  char after_octet[32];
  Sixteen sixteen;
  char after_sixteen[64];
  long double precise;
} row;
struct [[gnu::packed]] {
  char before;
  long double precise;
} tight;

void write(void* address) { *static_cast<volatile char*>(address) = 1; }

int main() {
  barrier_init(&barrier, 2);
  int sum = 0;
  std::thread other([&sum] {
    Octet own{1, 2, 3};
    own += own;
    row.octet = own;
    row.sixteen = Sixteen{4, 5, 6};
    const Octet read = row.octet;
    sum += read[1];
    row.precise = 8;
    tight.precise = 9;
    barrier_wait(&barrier);
  });
  barrier_wait(&barrier);
  write(row.after_octet);
  write(row.after_sixteen);
  write(reinterpret_cast<char*>(&row.precise) + 10);   // padding: ten bytes are stored
  write(&tight.before);
  other.join();
  return sum == 4 ? 0 : 1;
}
