// One done() is missing.
// expect: task-leak reason=wait-group-never-done
#include "tasks.h"

#include <memory>
int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    auto group = std::make_shared<tenter::WaitGroup>();
    group->add(2);
    tenter::go([=] { group->done(); });
    tenter::go([=] {
      group->wait();  // <- here
    });
    let_others_run();
    return 0;
  });
}
