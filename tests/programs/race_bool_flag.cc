// A plain bool says that the answer is there. It orders nothing, and races itself.
// expect: data-race object=ready
// expect: data-race object=answer
#include <thread>

#include "gate.h"
bool ready;
int answer;
Gate wrote;
int main() {
  std::thread producer([] {
    answer = 42;   // <- here
    ready = true;  // <- here
    wrote.open();
  });
  wrote.wait();
  int seen = 0;
  if (ready)        // <- and here
    seen = answer;  // <- and here
  producer.join();
  return seen == 42 ? 0 : 1;
}
