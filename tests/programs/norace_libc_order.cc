// Threads that are ordered by descriptors, signals, the lock of a FILE and the end of the process.
// expect: nothing
#include "libc_order.h"

int main() { all_in_order(true); }
