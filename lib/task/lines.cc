#include "task/lines.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "task/futex.h"

namespace tenter::detail {
namespace {

constexpr std::size_t most_at_once = 512;  // addresses of one child: they are its arguments
constexpr std::size_t longest_answer = std::size_t{16} << 20;

bool is_program(const std::string& path) { return access(path.c_str(), X_OK) == 0; }

std::string find_tool() {
  if (const char* const chosen = std::getenv("TENTER_SYMBOLIZER"); chosen != nullptr && *chosen != 0) {
    return *chosen == '/' && is_program(chosen) ? chosen : std::string();
  }
  const char* const path = std::getenv("PATH");
  for (const std::string_view name : {"llvm-symbolizer-19", "llvm-symbolizer", "addr2line"}) {
    std::string_view rest = path != nullptr ? path : "/usr/bin:/bin";
    while (!rest.empty()) {
      const std::size_t colon = rest.find(':');
      std::string tool(rest.substr(0, colon));
      rest = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
      // A relative entry would run whatever lies in the working directory.
      if (!tool.starts_with('/')) { continue; }
      tool += '/';
      tool += name;
      if (is_program(tool)) { return tool; }
    }
  }
  return {};
}

// Without what would make the tool ask the network, or load the program's own interposers into it.
std::vector<char*> child_environment() {
  std::vector<char*> kept;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (!text.starts_with("DEBUGINFOD_URLS=") && !text.starts_with("LLVM_SYMBOLIZER_OPTS=") &&
        !text.starts_with("LD_PRELOAD=")) {
      kept.push_back(*entry);
    }
  }
  kept.push_back(nullptr);
  return kept;
}

// Runs in a process of its own, which shares the program's memory by copy and none of its locks: bare system calls, because the
// library's functions may be a recorder's, which knows nothing of this process. `output` is the pipe's end.
[[noreturn]] void attend(char* const* command, char* const* environment, int output, int nowhere) {
  const long tool = syscall(SYS_clone, static_cast<long>(SIGCHLD), nullptr, nullptr, nullptr, nullptr);
  if (tool == 0) {
    syscall(SYS_prctl, static_cast<long>(PR_SET_PDEATHSIG), static_cast<long>(SIGKILL), 0L, 0L, 0L);
    syscall(SYS_dup3, nowhere, 0, 0);
    syscall(SYS_dup3, output, 1, 0);
    syscall(SYS_dup3, nowhere, 2, 0);
    constexpr unsigned on_exec = 4;
    syscall(SYS_close_range, 3U, ~0U, on_exec);
    syscall(SYS_execve, command[0], command, environment);
  } else if (tool > 0) {
    syscall(SYS_close, output);  // now it ends with the tool
    syscall(SYS_wait4, tool, nullptr, 0, nullptr);
  }
  for (;;) { syscall(SYS_exit_group, 0); }
}

// The tool, and the end of the pipe that it writes to. A process that executes a program sends SIGCHLD when it ends, and can be
// found by any wait(). One that does not need not; so the tool is the child of such a one, and dies with it.
class Child {
 public:
  Child(std::vector<std::string> command, std::vector<char*> environment) {
    std::vector<char*> arguments;
    for (std::string& argument : command) { arguments.push_back(argument.data()); }
    arguments.push_back(nullptr);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) { return; }
    const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    // Handlers of the program's shall not run in there.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    constexpr long no_signal = 0;
    const long child = syscall(SYS_clone, no_signal, nullptr, nullptr, nullptr, nullptr);
    if (child == 0) { attend(arguments.data(), environment.data(), ends[1], nowhere); }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    close(ends[1]);
    if (nowhere >= 0) { close(nowhere); }
    pid_ = static_cast<pid_t>(child);
    output_ = ends[0];
  }
  ~Child() {
    if (output_ >= 0) { close(output_); }
    if (pid_ <= 0) { return; }
    kill(pid_, SIGKILL);
    while (waitpid(pid_, nullptr, __WALL) < 0 && errno == EINTR) {}
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // All that it writes until it ends, or the deadline.
  std::string output(std::int64_t deadline_ns) {
    std::string text;
    while (pid_ > 0 && text.size() < longest_answer) {
      const std::int64_t left_ms = (deadline_ns - now_ns()) / 1'000'000;
      pollfd ready{output_, POLLIN, 0};
      const int count = left_ms > 0 ? poll(&ready, 1, static_cast<int>(std::min<std::int64_t>(left_ms, 60'000))) : 0;
      if (count < 0 && errno == EINTR) { continue; }
      if (count <= 0) { break; }
      char buffer[4096];
      const ssize_t size = read(output_, buffer, sizeof buffer);
      if (size < 0 && errno == EINTR) { continue; }
      if (size <= 0) { break; }
      text.append(buffer, static_cast<std::size_t>(size));
    }
    return text;
  }

 private:
  pid_t pid_ = -1;
  int output_ = -1;
};

std::string in_hex(std::uint64_t number) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(number));
  return text;
}

// "src/fetch.cc:14 (discriminator 2)"; unknown parts are "??", "?" or 0.
void read_position(std::string_view text, Line& line) {
  text = text.substr(0, text.find(" (discriminator"));
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || text.starts_with("??")) { return; }
  line.file = text.substr(0, colon);
  line.line = static_cast<unsigned>(std::strtoul(std::string(text.substr(colon + 1)).c_str(), nullptr, 10));
}

// What both tools print with -a -f -i: for each address itself, then pairs of a function and a position.
void read_answer(std::string_view text, std::vector<std::vector<Line>>& lines, std::size_t next) {
  std::vector<Line>* here = nullptr;
  bool is_function = true;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) { return; }  // cut short
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line.empty()) { continue; }
    if (line.starts_with("0x")) {
      here = next < lines.size() ? &lines[next++] : nullptr;
      is_function = true;
    } else if (here != nullptr && is_function) {
      here->push_back({line == "??" ? std::string() : std::string(line), {}, 0});
      is_function = false;
    } else if (here != nullptr) {
      read_position(line, here->back());
      is_function = true;
    }
  }
}

}  // namespace

std::vector<std::vector<Line>> lines_at(const std::string& file, const std::vector<std::uint64_t>& offsets,
                                        std::int64_t deadline_ns) {
  std::vector<std::vector<Line>> lines(offsets.size());
  const std::string tool = find_tool();
  if (tool.empty() || access(file.c_str(), R_OK) != 0) { return lines; }
  const bool is_addr2line = tool.find("addr2line", tool.rfind('/')) != std::string::npos;
  for (std::size_t begin = 0; begin < offsets.size(); begin += most_at_once) {
    const std::size_t end = std::min(offsets.size(), begin + most_at_once);
    std::vector<std::string> command{tool, "-e", file, "-a", "-f", "-i"};
    if (!is_addr2line) { command.insert(command.end(), {"--output-style=GNU", "--no-demangle"}); }
    for (std::size_t i = begin; i < end; ++i) { command.push_back(in_hex(offsets[i])); }
    Child child(std::move(command), child_environment());
    read_answer(child.output(deadline_ns), lines, begin);
  }
  return lines;
}

}  // namespace tenter::detail
