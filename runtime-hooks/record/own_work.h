// What the recorder does in the midst of the program's work must not be seen by it.
#pragma once
#include <cerrno>

#include "record/record.h"

namespace tenter::record {

// Puts errno back when it dies.
class KeepErrno {
 public:
  KeepErrno() : errno_(errno) {}
  ~KeepErrno() { errno = errno_; }
  KeepErrno(const KeepErrno&) = delete;
  KeepErrno& operator=(const KeepErrno&) = delete;

 private:
  const int errno_;
};

// The same, and hooks that the work runs into do nothing.
class OwnWork {
 private:
  const Quiet quiet_;
  const KeepErrno keep_errno_;
};

}  // namespace tenter::record
