#include <tenter/tenter.h>
long total;
int main() {
  return tenter::run([] {
    tenter::WaitGroup group;
    for (int i = 0; i < 2; ++i) group.go([] { total = total + 1; });
    group.wait();
    return total > 0 ? 0 : 1;
  });
}
