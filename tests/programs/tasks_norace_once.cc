// Once: all see what the first one made.
// expect: nothing
#include <tenter/tenter.h>
int table;
tenter::Once once;
int main() {
  return tenter::run([] {
    tenter::WaitGroup group;
    for (int i = 0; i < 4; ++i)
      group.go([] {
        once.call([] { table = 5; });
        if (table != 5) throw 1;
      });
    group.wait();
    return table == 5 ? 0 : 1;
  });
}
