#include "recorded.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "record/record.h"

namespace tenter::test {

std::vector<RecordedEvent> Recorded::of(trace::Op op) const {
  std::vector<RecordedEvent> found;
  for (const RecordedEvent& event : events) {
    if (event.op == op) { found.push_back(event); }
  }
  return found;
}

std::string recording_directory() {
  struct Directory {
    std::string path;
    Directory() {
      std::string pattern = (std::filesystem::temp_directory_path() / "tenter_record_test.XXXXXX").string();
      path = mkdtemp(pattern.data()) == nullptr ? "." : pattern;
    }
    ~Directory() {
      if (path != "." && owner == getpid()) {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
      }
    }
    pid_t owner = getpid();
  };
  static const Directory directory;
  return directory.path;
}

Recorded read_back(const std::string& path) {
  Recorded out;
  out.path = path;
  auto recording = analysis::open_recording(path);
  if (!recording) {
    out.refused = recording.error().sentence;
    return out;
  }
  analysis::StackTable stacks;
  for (const analysis::StreamId stream : (*recording)->streams()) {
    auto cursor = (*recording)->open_stream(stream, stacks);
    analysis::Event event;
    while (cursor->next(event)) {
      RecordedEvent copy;
      static_cast<analysis::Event&>(copy) = event;
      copy.stream = static_cast<std::uint32_t>(stream);
      copy.task = static_cast<std::uint32_t>(cursor->task());
      if (event.op == trace::Op::name) { copy.name = std::string(event.text); }
      copy.stack = stacks.frames(event.callers);
      out.events.push_back(std::move(copy));
    }
  }
  out.info = (*recording)->info();
  return out;
}

Recorded recorded(const std::function<void()>& body, const HowToRecord& how) {
  static int runs = 0;
  const std::string path = recording_directory() + "/" + std::to_string(runs++) + ".tent";
  std::array<int, 2> error_pipe{};
  if (pipe(error_pipe.data()) != 0) {
    ADD_FAILURE() << "pipe failed";
    return {};
  }
  const pid_t child = fork();
  if (child == 0) {
    dup2(error_pipe[1], 2);
    setenv("TENTER_OPTIONS", ("output=" + path + (how.options.empty() ? "" : ":" + how.options)).c_str(), 1);
    record::start();
    body();
    if (how.finish) { record::finish(0); }
    _exit(0);
  }
  close(error_pipe[1]);
  std::string said;
  std::array<char, 256> piece{};
  for (ssize_t size = 0; (size = read(error_pipe[0], piece.data(), piece.size())) > 0;) {
    said.append(piece.data(), static_cast<std::size_t>(size));
  }
  close(error_pipe[0]);
  int status = 0;
  waitpid(child, &status, 0);
  Recorded out = read_back(path);
  out.status = status;
  out.standard_error = said;
  return out;
}

}  // namespace tenter::test
