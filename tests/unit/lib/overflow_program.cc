// The child of lib_overflow_test, compiled with and without optimization: a task that goes wrong in the way that the first
// argument says. Ends with code 0 if nobody minds.
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <tenter/tenter.h>

namespace {

constexpr std::size_t stack_size = 64 * 1024;

__attribute__((noinline)) int recurse(int depth) {
  std::array<volatile char, 512> frame;
  for (volatile char& byte : frame) { byte = static_cast<char>(1 + depth % 100); }
  return depth == 0 ? 0 : recurse(depth - 1) + frame[7];
}

// More than there is, but by less than the guard zone takes.
__attribute__((noinline)) int use_slightly_more() {
  std::array<volatile char, stack_size + 1024> frame;
  for (std::size_t i = frame.size(); i > 0; --i) { frame[i - 1] = 1; }
  return frame[0];
}

__attribute__((noinline)) void touch_null() {
  volatile int* volatile null = nullptr;
  *null = 1;
}

void say_and_leave(int) {
  constexpr char text[] = "handled by the program\n";
  if (write(STDERR_FILENO, text, sizeof text - 1) < 0) { _exit(8); }
  _exit(7);
}

void say_and_leave_with_info(int signal, siginfo_t* info, void*) {
  if (signal == SIGSEGV && info->si_addr == nullptr) { say_and_leave(signal); }
  _exit(9);
}

void misbehave(const std::string& how) {
  if (how == "recurse") { recurse(1'000'000); }
  if (how == "slightly, then wait") {
    use_slightly_more();
    tenter::sleep_for(std::chrono::microseconds(1));
    std::puts("was switched");
    std::fflush(stdout);
  }
  if (how == "slightly, then end") { use_slightly_more(); }
  if (how == "null") { touch_null(); }
  if (how == "kill") { kill(getpid(), SIGSEGV); }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) { return 1; }
  if (count > 2 && std::strcmp(arguments[2], "handler") == 0) { std::signal(SIGSEGV, say_and_leave); }
  if (count > 2 && std::strcmp(arguments[2], "handler with info") == 0) {
    struct sigaction action{};
    action.sa_sigaction = say_and_leave_with_info;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &action, nullptr);
  }
  return tenter::run([&] {
    const auto ended = tenter::make_chan<tenter::Unit>();
    tenter::go({.name = "deep", .stack_size = stack_size}, [&] {
      misbehave(arguments[1]);
      ended.close();
    });
    (void)ended.recv();
  });
}
