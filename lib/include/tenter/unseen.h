// For code of this library that the program compiles: element types' own moves and copies into and out of memory that
// the library keeps. A recorder does not take them for accesses of the program's, which the library's locks, invisible
// to it, would not order.
#pragma once
#include <tenter/annotate.h>

namespace tenter::detail {

// While one lives, plain accesses of this task are not recorded. What synchronizes still is.
class Unseen {
 public:
  Unseen() { TENTER_ANNOTATE(tenter_ignore_begin()); }
  ~Unseen() { TENTER_ANNOTATE(tenter_ignore_end()); }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;
};

}  // namespace tenter::detail
