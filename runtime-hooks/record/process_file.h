// The file of this process: what was asked for, where it goes, and the chunks of text that say which process it was and how
// it ended.
#pragma once

namespace tenter::record {

class TextBuffer;

constexpr int status_without_required_trace = 5;  // as of the tools: a resource is missing

// Takes TENTER_OPTIONS over. False, and nothing is taken: the program has another user's rights than who started it.
bool read_options();

// `unique`: beside the parent's, under a name of its own. `required`: where it cannot be made the process ends here. False:
// there is no file, and that was said.
bool open_output(bool unique, bool required);

// `forked_from`: the parent of a process that began by fork(), or 0.
void write_process_chunk(int forked_from);

// `text` begins it, with how the process ended.
void write_end_chunk(TextBuffer& text);

}  // namespace tenter::record
