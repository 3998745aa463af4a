// <tenter/annotate.h> under the names of recorded_names.h: the recorder's part of each annotation.
#pragma once
#define TENTER_WEAK
#define TENTER_OFF  // here its own question is not asked
#include "tsan/recorded_names.h"
// After it.
#include "tenter/annotate.h"
