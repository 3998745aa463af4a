// CHECK stops at once, in release too: it guards against our own bugs, never against bad input.
#pragma once
#include <cstdio>
#include <cstdlib>

namespace tenter::analysis {

[[noreturn]] inline void check_failed(const char* file, int line, const char* condition, const char* why) {
  std::fprintf(stderr, "tenter: internal error at %s:%d: %s (%s). Please report it with the recording.\n", file, line,
               why, condition);
  std::_Exit(5);
}

}  // namespace tenter::analysis

#define TENTER_CHECK(condition, why)                                                         \
  do {                                                                                       \
    if (!(condition)) ::tenter::analysis::check_failed(__FILE__, __LINE__, #condition, why); \
  } while (0)
