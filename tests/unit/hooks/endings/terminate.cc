// signal 6; recordings 1; incomplete
// stderr terminate called after throwing an instance of 'int'
#include "work.h"

int main() {
  work();
  std::thread([] { throw 1; }).join();
}
