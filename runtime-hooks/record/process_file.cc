#include "record/process_file.h"

#include <sys/auxv.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "record/modules.h"
#include "record/recorder.h"
#include "record/sys.h"
#include "record/text_buffer.h"

namespace tenter::record {
namespace {

constexpr char recorder_version[] = "0.1.0";

const char* environment(const char* name) {
  if (environ == nullptr) { return nullptr; }
  for (char** entry = environ; *entry != nullptr; ++entry) {
    std::size_t i = 0;
    while (name[i] != '\0' && (*entry)[i] == name[i]) { ++i; }
    if (name[i] == '\0' && (*entry)[i] == '=') { return *entry + i + 1; }
  }
  return nullptr;
}

void add_link(TextBuffer& text, const char* key, const char* link) {
  char path[512];
  const ssize_t length = sys::read_link(link, path, sizeof path);
  if (length > 0) { text.add(key).add("=").add_escaped(path, static_cast<std::size_t>(length)).add("\n"); }
}

// argv0=..., argv1=..., from the kernel: only main() gets argv from libc.
void add_arguments(TextBuffer& text) {
  const int fd = sys::open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) { return; }
  char piece[256];
  unsigned index = 0;
  bool at_start = true;
  for (ssize_t size = 0; (size = sys::read(fd, piece, sizeof piece)) > 0;) {
    for (ssize_t i = 0; i < size; ++i) {
      if (at_start) {
        text.add("argv").add_decimal(index++).add("=");
        at_start = false;
      }
      if (piece[i] == '\0') {
        text.add("\n");
        at_start = true;
      } else {
        text.add_escaped(&piece[i], 1);
      }
    }
  }
  if (!at_start) { text.add("\n"); }
  sys::close(fd);
}

// The last part of the executable's path.
const char* program_name() {
  const char* path = program_path();
  const char* name = path;
  for (; *path != '\0'; ++path) {
    if (*path == '/') { name = path + 1; }
  }
  return *name != '\0' ? name : "program";
}

// Whatever stands in the place of a slash would be taken for a folder.
const char* host_name(struct utsname& buffer) {
  if (sys::host_name(&buffer) != 0) { return "localhost"; }
  for (char* at = buffer.nodename; *at != '\0'; ++at) {
    if (*at == '/') { *at = '_'; }
  }
  return buffer.nodename;
}

void complain(const char* sentence) { say(sentence); }

}  // namespace

bool read_options() {
  if (getauxval(AT_SECURE) != 0) { return false; }
  if (const char* text = environment("TENTER_OPTIONS"); text != nullptr) {
    parse_options(text, recorder().options, complain);
  }
  return true;
}

bool open_output(bool unique, bool required) {
  struct utsname host;
  char path[Options::max_path];
  const char* why = nullptr;
  const Naming naming{sys::process_id(), program_name(), host_name(host)};
  if (!expand_output(recorder().options.output, naming, unique, path, sizeof path)) {
    why = "the path is too long";
  } else {
    why = recorder().output.open(path, /*beside=*/unique);
  }
  if (why != nullptr) {
    if (required) {
      say("cannot record to ", path, ", and require_trace=1 ends the program here: ", why);
      sys::end_process(status_without_required_trace);
    }
    say("cannot record to ", path, ", the program runs on unrecorded: ", why);
    return false;
  }
  if (recorder().options.verbosity > 0) { say("recording to ", recorder().output.path()); }
  return true;
}

void write_process_chunk(int forked_from) {
  constexpr std::size_t size = 256 * 1024;  // more arguments than that are cut
  auto* memory = static_cast<char*>(sys::map_memory(size));
  if (memory == nullptr) { return; }
  TextBuffer text(memory, size);
  const char* program = program_path();
  if (program[0] != '\0') { text.add("program=").add_escaped(program, length_of(program)).add("\n"); }
  text.add("pid=").add_decimal(static_cast<std::uint64_t>(sys::process_id())).add("\n");
  add_link(text, "cwd", "/proc/self/cwd");
  if (const char* options = environment("TENTER_OPTIONS"); options != nullptr) {
    text.add("options=").add_escaped(options, length_of(options)).add("\n");
  }
  text.add("recorder=").add(recorder_version).add("\nmachine=x86_64\n");
  if (recorder().detector != nullptr) { text.add("detector=").add(recorder().detector).add("\n"); }
  if (forked_from != 0) { text.add("forked_from=").add_decimal(static_cast<std::uint64_t>(forked_from)).add("\n"); }
  add_arguments(text);
  recorder().output.write_chunk({trace::ChunkKind::process, 0, 0, 0}, text.data(), text.size());
  sys::unmap(memory, size);
}

void write_end_chunk(TextBuffer& text) {
  const Output& output = recorder().output;
  text.add("\nlost_events=");
  text.add_decimal(recorder().lost_events.load(std::memory_order_relaxed)).add("\nwords=");
  text.add_decimal(output.words_written()).add("\nchunks=").add_decimal(output.chunks_written()).add("\n");
  const auto add_count = [&text](const char* key, const std::atomic<std::uint64_t>& count) {
    if (const std::uint64_t value = count.load(std::memory_order_relaxed); value != 0) {
      text.add(key).add_decimal(value).add("\n");
    }
  };
  add_count("left_out_by_sample=", recorder().left_out_by_sample);
  add_count("left_out_by_size=", recorder().left_out_by_size);
  add_count("small_filters=", recorder().small_filters);
  if (const char* why = output.stopped_because(); why != nullptr) { text.add("stopped=").add(why).add("\n"); }
  recorder().output.write_chunk({trace::ChunkKind::end, 0, 0, 0}, text.data(), text.size());
}

}  // namespace tenter::record
