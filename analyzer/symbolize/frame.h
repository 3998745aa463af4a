// A Frame is one line of a call stack as a person reads it. An inlined function has a frame of its own.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace tenter::analysis {

struct Frame {
  std::string function, file, module;  // empty where unknown
  std::uint32_t line = 0, column = 0;
  std::uint64_t offset = 0;  // in the module's file
  bool inlined = false;
  std::uint32_t function_line = 0;  // where the function starts; 0 where unknown
};

// Where a frame belongs, decided by its names alone.
enum class FrameOwner : std::uint8_t {
  project,  // the user's own code
  library,  // a named function of the C++ library, of libc, or of <tenter/...>
  glue,     // thread and task start, compiler callbacks, allocators, the recorder: never what a person looks for
  unknown,  // without a name, or with nothing but a name
};
FrameOwner owner_of(const Frame& frame);

// Drops glue from a stack (innermost frame first) as long as something remains: the recorder's and the task
// library's inner frames, and at the outer end everything that starts a thread or task.
void trim_glue(std::vector<Frame>& stack);

}  // namespace tenter::analysis
