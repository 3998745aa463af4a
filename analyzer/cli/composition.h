// What a recording is made of: how many events, and how much of it before compression, by kind, by thread and by module.
//
//   const Composition made = composition_of(*recording);
//   made.kinds["atomic_rmw"].events;
#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "read/recording.h"

namespace tenter::analysis {

// Bytes are those of the event and of what was written for its sake: the calls that lead to it, its code address.
struct Share {
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;
};

struct Composition {
  Share all;
  std::map<std::string, Share> kinds;  // by name_of(), but reads and writes
  std::map<StreamId, Share> threads;   // by stream: one for each thread of the operating system
  std::map<StreamId, std::string> thread_names;
  std::map<std::string, Share> modules;  // by path; "": events at no known place
};

// Reads the recording once, front to back; what is unsound is left out and told in info().
Composition composition_of(const Recording& recording);

}  // namespace tenter::analysis
