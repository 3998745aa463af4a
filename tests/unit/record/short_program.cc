// The other program of two survival tests, which starts its own recorder with the same TENTER_OPTIONS and ends soon.
#include "record/record.h"

int main() {
  static int data = 0;
  tenter::record::start();
  tenter::record::access(&data, 3, true, 0x5555'0000'1000);
  tenter::record::finish(0);
  return 0;
}
