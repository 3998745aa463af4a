#include "counter.h"
long total;
void count_one(void) { total = total + 1; }
