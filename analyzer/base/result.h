// Result<T>: a value, or one sentence that a stranger can act on. For bad input and failed system calls.
//
//   Result<Recording> recording = open_recording(path);
//   if (!recording) return recording.error();
#pragma once
#include <string>
#include <utility>
#include <variant>

#include "base/check.h"

namespace tenter::analysis {

// What the process's exit status should be when this error ends it (see the table in docs/start.md).
enum class ExitCode : int { clean = 0, findings = 1, usage = 2, input = 3, inconclusive = 4, internal = 5 };

struct Error {
  std::string sentence;
  ExitCode exit_code = ExitCode::input;
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}
  Result(Error error) : state_(std::move(error)) {}

  explicit operator bool() const { return std::holds_alternative<T>(state_); }
  T& value() {
    TENTER_CHECK(*this, "value() of a Result that holds an error");
    return std::get<T>(state_);
  }
  const T& value() const {
    TENTER_CHECK(*this, "value() of a Result that holds an error");
    return std::get<T>(state_);
  }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Error& error() const { return std::get<Error>(state_); }

 private:
  std::variant<T, Error> state_;
};

}  // namespace tenter::analysis
