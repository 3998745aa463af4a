// Two tasks add to one global; a wait group orders their ends with main, but not each other.
// expect: data-race object=total
// levels: all
#include <tenter/tenter.h>
long total;
int main() {
  return tenter::run([] {
    tenter::WaitGroup group;
    for (int i = 0; i < 2; ++i)
      group.go([] {
        total = total + 1;  // <- here
      });
    group.wait();
    return total > 0 ? 0 : 1;
  });
}
