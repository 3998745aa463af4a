// A FILE over a pipe or a socket orders threads as its descriptor does. One over a file or a terminal is not told: that
// two threads print on the same one orders nothing that a program could rely on.
#pragma once
#include <cstdio>

#include "hooks/descriptors.h"

namespace tenter::hooks {

// Before something is put into the stream: whenever it is flushed, it was there.
void sends_into(FILE* file, record::Pc pc);
// After something was taken out of it.
void receives_from(FILE* file, record::Pc pc);

}  // namespace tenter::hooks
