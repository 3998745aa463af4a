// Reads the STD text of RAPID and its descendants: one event a line, `thread|op(object)|place`, in the order in which
// they happened. Ops: r, w, acq, rel, fork, join, begin, end; req is passed over. Places are numbers.
//
//   T0|fork(T1)|21
//   T1|acq(L0)|7
//
// The whole trace is one stream whose task changes from event to event, so the order of the lines is kept. A place
// becomes the code address; threads, locks and variables keep their names by `name` events. Locks are recursive. A
// thread that no line joins counts as detached, because in these traces nobody owes a join.
#pragma once
#include <memory>
#include <span>

#include "read/byte_source.h"
#include "read/recording.h"

namespace tenter::analysis {

// Whether the first lines of a file are such events.
bool begins_like_std_text(std::span<const std::byte> start);

// A line that is no event ends the trace there, and info().damage says so.
Result<std::unique_ptr<Recording>> read_std_text(const std::string& path, const ByteSource& source);

}  // namespace tenter::analysis
