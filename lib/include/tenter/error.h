// What goes wrong by the program's own fault, and what Go calls a panic. An Error that leaves a task ends the process.
#pragma once
#include <stdexcept>

namespace tenter {

// The base of all that this library throws.
class Error : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

// A send on a closed channel, or a close of one.
class ClosedChannelError : public Error {
 public:
  using Error::Error;
};

// A close of a nil channel. (A send or receive on one waits for ever.)
class NilChannelError : public Error {
 public:
  using Error::Error;
};

// A wait group's counter would have become negative.
class NegativeWaitGroupError : public Error {
 public:
  using Error::Error;
};

// An unlock of what is not locked.
class UnlockError : public Error {
 public:
  using Error::Error;
};

}  // namespace tenter
