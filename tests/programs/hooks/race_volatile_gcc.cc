// gcc's option that tells volatile accesses apart, and its callbacks for ranges, which clang does not use.
// expect: data-race object=flag
// expect: data-race object=packed
// expect: data-race object=copied
// flags: --param=tsan-distinguish-volatile=1
// compilers: g++-12
#include <thread>

struct [[gnu::packed]] Packed {
  char before;
  long value;
};
struct Large {
  long values[5];
};
volatile int flag;
Packed packed;
Large copied;

static void touch(const Large& from) {
  flag = 1;          // <- here
  packed.value = 1;  // <- here
  copied = from;     // <- here
}

int main() {
  const Large one{};
  std::thread other([&one] { touch(one); });
  touch(one);
  other.join();
}
