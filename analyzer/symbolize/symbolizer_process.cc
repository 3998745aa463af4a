#include "symbolize/symbolizer_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <string_view>

#include "base/text.h"

namespace tenter::analysis {
namespace {

// Answers longer than this are a hostile name, not a stack.
constexpr std::size_t max_answer_bytes = std::size_t{16} << 20;

// The child may not reach the network (debuginfod) by itself nor be steered by flags that are not ours.
std::vector<char*> child_environment(bool debuginfod) {
  std::vector<char*> kept;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if ((debuginfod || !text.starts_with("DEBUGINFOD_URLS=")) && !text.starts_with("LLVM_SYMBOLIZER_OPTS="))
      kept.push_back(*entry);
  }
  kept.push_back(nullptr);
  return kept;
}

bool is_executable_file(const std::string& path) { return ::access(path.c_str(), X_OK) == 0; }

}  // namespace

std::size_t SymbolizerProcess::half_of_memory() {
  constexpr std::size_t least = std::size_t{2} << 30, most = std::size_t{16} << 30;
  const long pages = ::sysconf(_SC_PHYS_PAGES), page = ::sysconf(_SC_PAGESIZE);
  std::uint64_t bytes =
      pages > 0 && page > 0 ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page) : most;
  std::string group;  // "max" where there is no limit
  if (std::ifstream("/sys/fs/cgroup/memory.max") >> group)
    if (const std::optional<std::uint64_t> limit = parse_number(group)) bytes = std::min(bytes, *limit);
  return std::clamp<std::size_t>(bytes / 2, least, most);
}

std::string find_symbolizer() {
  if (const char* chosen = std::getenv("TENTER_SYMBOLIZER"); chosen != nullptr && *chosen != '\0')
    return is_executable_file(chosen) ? chosen : std::string();
  const char* path = std::getenv("PATH");
  for (const std::string_view name : {"llvm-symbolizer-19", "llvm-symbolizer"}) {
    std::string_view rest = path != nullptr ? path : "/usr/bin:/bin";
    while (!rest.empty()) {
      const auto colon = rest.find(':');
      const std::string folder(rest.substr(0, colon));
      rest = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
      // A relative entry of PATH would run whatever lies in the working directory.
      if (!folder.starts_with('/')) continue;
      if (std::string candidate = folder + '/' + std::string(name); is_executable_file(candidate)) return candidate;
    }
  }
  return {};
}

bool SymbolizerProcess::start() {
  if (failures_ >= limits_.children) return false;
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return false;
  std::vector<char*> environment = child_environment(sources_.debuginfod);
  std::vector<std::string> flags = {program_, "--output-style=JSON", "--inlines", "--demangle"};
  if (sources_.debuginfod) flags.emplace_back("--debuginfod");
  for (const std::string& folder : sources_.debug_folders) flags.push_back("--debug-file-directory=" + folder);
  // Whoever names one means it besides the usual one.
  if (!sources_.debug_folders.empty()) flags.emplace_back("--debug-file-directory=/usr/lib/debug");
  std::vector<char*> arguments;
  for (std::string& flag : flags) arguments.push_back(flag.data());
  arguments.push_back(nullptr);
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  const pid_t child = ::fork();
  if (child == 0) {
    // Only async-signal-safe calls: other threads of ours may hold any lock.
    ::dup2(ends[1], 0);
    ::dup2(ends[1], 1);
    if (nowhere >= 0) ::dup2(nowhere, 2);
    rlimit bound{};
    ::getrlimit(RLIMIT_AS, &bound);
    if (bound.rlim_cur == RLIM_INFINITY || bound.rlim_cur > limits_.address_space_bytes) {
      bound.rlim_cur = limits_.address_space_bytes;
      ::setrlimit(RLIMIT_AS, &bound);
    }
    // A budget for our own memory (--memory-limit) is not the child's.
    rlimit data{};
    if (::getrlimit(RLIMIT_DATA, &data) == 0) {
      data.rlim_cur = data.rlim_max;
      ::setrlimit(RLIMIT_DATA, &data);
    }
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::signal(SIGINT, SIG_DFL);
    ::execve(arguments[0], arguments.data(), environment.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  if (nowhere >= 0) ::close(nowhere);
  if (child < 0) {
    ::close(ends[0]);
    return false;
  }
  child_ = child;
  socket_ = ends[0];
  ::fcntl(socket_, F_SETFL, O_NONBLOCK);
  return true;
}

void SymbolizerProcess::stop() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  if (child_ > 0) {
    ::kill(child_, SIGKILL);
    while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {}
  }
  child_ = -1;
}

void SymbolizerProcess::talk(const std::vector<std::string>& questions, std::vector<std::string>& answers) {
  std::string outgoing;
  for (std::size_t i = answers.size(); i < questions.size(); ++i) outgoing += questions[i] + '\n';
  std::string incoming;
  std::size_t sent = 0;
  while (answers.size() < questions.size()) {
    // Both directions at once: a child that waits for us to read must not wait for ever while we write.
    pollfd entry{socket_, static_cast<short>(POLLIN | (sent < outgoing.size() ? POLLOUT : 0)), 0};
    const auto began = std::chrono::steady_clock::now();
    const int ready = ::poll(&entry, 1, limits_.answer_seconds * 1000);
    waited_ += std::chrono::steady_clock::now() - began;
    if (exhausted()) return;
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return;
    if ((entry.revents & POLLOUT) != 0) {
      const ssize_t n = ::send(socket_, outgoing.data() + sent, outgoing.size() - sent, MSG_NOSIGNAL);
      if (n > 0) sent += static_cast<std::size_t>(n);
      if (n < 0 && errno != EAGAIN && errno != EINTR) sent = outgoing.size();  // read what it said before it died
    }
    if ((entry.revents & (POLLIN | POLLHUP | POLLERR)) == 0) continue;
    char buffer[65536];
    const ssize_t n = ::recv(socket_, buffer, sizeof buffer, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (n <= 0) return;
    incoming.append(buffer, static_cast<std::size_t>(n));
    std::size_t begin = 0;
    for (std::size_t end; (end = incoming.find('\n', begin)) != std::string::npos; begin = end + 1)
      if (answers.size() < questions.size()) {
        answer_bytes_ += end - begin;
        answers.push_back(incoming.substr(begin, end - begin));
      }
    incoming.erase(0, begin);
    if (incoming.size() > max_answer_bytes) return;
  }
}

// A child that says a little now and then is within the bound of each answer for ever.
bool SymbolizerProcess::exhausted() const {
  return waited_ >= std::chrono::seconds(limits_.total_seconds) || answer_bytes_ >= limits_.total_answer_bytes;
}

std::vector<std::string> SymbolizerProcess::ask(const std::vector<std::string>& questions) {
  std::vector<std::string> answers;
  const int allowed = failures_ + limits_.failures_each;
  while (answers.size() < questions.size() && failures_ < allowed && !exhausted()) {
    if (child_ < 0 && !start()) break;
    talk(questions, answers);
    if (answers.size() == questions.size()) break;
    stop();
    ++failures_;
    answers.emplace_back();  // the question that the child died of stays without an answer
  }
  answers.resize(questions.size());
  return answers;
}

}  // namespace tenter::analysis
