// A recording in our own format: frame.h finds the chunks, decoder.h reads one, and here they become streams.
#pragma once
#include <memory>

#include "read/byte_source.h"
#include "read/recording.h"

namespace tenter::analysis {

Result<std::unique_ptr<Recording>> read_tent(const std::string& path, std::unique_ptr<ByteSource> source);

}  // namespace tenter::analysis
