#include "counter.h"
bool anything_counted() { return total > 0; }
