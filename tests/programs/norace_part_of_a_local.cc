// As in race_part_of_a_local, but the owner writes before the thread starts and after it has ended.
// levels: all
// expect: nothing
#include <thread>
struct Result {
  int count = 0, sum = 0;
};
__attribute__((noinline)) std::thread reader(Result& of, int& seen) {
  return std::thread([&] { seen = of.sum; });
}
int main() {
  Result result;
  int seen = 0;
  result.sum = 3;
  std::thread other = reader(result, seen);
  other.join();
  result.sum += seen;
  return result.sum == 6 ? 0 : 1;
}
