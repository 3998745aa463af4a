// signal 11; recordings 1; incomplete
#include "work.h"

int* volatile nowhere = nullptr;

int main() {
  work();
  *nowhere = 1;
}
