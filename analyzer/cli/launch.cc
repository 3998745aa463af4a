#include "cli/launch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace tenter::analysis {
namespace {

volatile sig_atomic_t running_child = 0;

void pass_on(int signal_number, siginfo_t* info, void*) {
  // A key of the terminal reached the program by itself, because it is in our process group.
  if (info->si_code == SI_KERNEL) return;
  const int saved = errno;
  if (running_child > 0) ::kill(running_child, signal_number);
  errno = saved;
}

constexpr int of_failed_writes[] = {SIGPIPE, SIGXFSZ};
struct sigaction failed_writes_before[std::size(of_failed_writes)] = {};  // all zero is SIG_DFL

constexpr int forwarded[] = {SIGINT, SIGTERM, SIGHUP};

// While one lives, signals for us go to the program.
class SignalPassing {
 public:
  SignalPassing() {
    struct sigaction action{};
    action.sa_sigaction = pass_on;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    ::sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < std::size(forwarded); ++i) {
      ::sigaction(forwarded[i], nullptr, &before_[i]);
      // nohup and the like: whoever ignored it goes on to.
      if (before_[i].sa_handler != SIG_IGN) ::sigaction(forwarded[i], &action, nullptr);
    }
  }
  ~SignalPassing() {
    for (std::size_t i = 0; i < std::size(forwarded); ++i) ::sigaction(forwarded[i], &before_[i], nullptr);
  }
  SignalPassing(const SignalPassing&) = delete;
  SignalPassing& operator=(const SignalPassing&) = delete;

  // In the child: everything as we found it.
  void restore_in_child() const {
    for (std::size_t i = 0; i < std::size(forwarded); ++i) ::sigaction(forwarded[i], &before_[i], nullptr);
    for (std::size_t i = 0; i < std::size(of_failed_writes); ++i)
      ::sigaction(of_failed_writes[i], &failed_writes_before[i], nullptr);
  }

 private:
  struct sigaction before_[std::size(forwarded)]{};
};

std::vector<std::string> environment_with(const std::string& recorder_output) {
  std::vector<std::string> variables;
  std::string options;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (text.starts_with("TENTER_OPTIONS=")) options = text.substr(text.find('=') + 1);
    else variables.emplace_back(text);
  }
  // The last of two equal keys counts.
  if (!recorder_output.empty()) options += (options.empty() ? "output=" : ":output=") + recorder_output;
  if (!options.empty()) variables.push_back("TENTER_OPTIONS=" + options);
  return variables;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

void outlive_failed_writes() {
  struct sigaction ignored{};
  ignored.sa_handler = SIG_IGN;
  for (std::size_t i = 0; i < std::size(of_failed_writes); ++i)
    ::sigaction(of_failed_writes[i], &ignored, &failed_writes_before[i]);
}

Result<Ended> launch(const std::vector<std::string>& command, const std::string& recorder_output) {
  std::vector<std::string> arguments = command, variables = environment_with(recorder_output);
  const std::vector<char*> argument_pointers = pointers_to(arguments), variable_pointers = pointers_to(variables);
  // The child tells by this pipe why exec failed; exec itself closes it.
  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0)
    return Error{std::string("no pipe can be had: ") + std::strerror(errno), ExitCode::internal};
  const SignalPassing passing;
  const pid_t child = ::fork();
  if (child == 0) {
    passing.restore_in_child();
    ::execvpe(argument_pointers[0], argument_pointers.data(), variable_pointers.data());
    const int error = errno;
    const ssize_t ignored = ::write(report[1], &error, sizeof error);
    ::_exit(ignored == sizeof error ? 127 : 126);
  }
  const int fork_error = errno;
  ::close(report[1]);
  if (child < 0) {
    ::close(report[0]);
    return Error{std::string("no process can be started: ") + std::strerror(fork_error), ExitCode::internal};
  }
  running_child = child;
  int exec_error = 0;
  ssize_t got;
  while ((got = ::read(report[0], &exec_error, sizeof exec_error)) < 0 && errno == EINTR) {}
  ::close(report[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  running_child = 0;
  if (got == sizeof exec_error)
    return Error{command[0] + ": cannot be started: " + std::strerror(exec_error) +
                     (exec_error == ENOENT ? "; name a program by its path, or one on PATH"
                                           : "; name a program that may be executed"),
                 ExitCode::input};
  Ended ended;
  ended.process = child;
  ended.by_signal = WIFSIGNALED(status);
  ended.code = ended.by_signal ? WTERMSIG(status) : WEXITSTATUS(status);
  return ended;
}

}  // namespace tenter::analysis
