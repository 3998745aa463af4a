// Closed once, by its only sender, after its last value; receiving from it afterwards is fine.
// expect: nothing
#include <tenter/tenter.h>
int main() {
  return tenter::run([] {
    auto values = tenter::make_chan<int>(2);
    values.send(1);
    values.close();
    const bool drained = values.recv().has_value() && !values.recv().has_value() && !values.recv().has_value();
    return drained ? 0 : 1;
  });
}
