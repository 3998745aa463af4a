// Makes system calls of one module of a program fail: runs the program under ptrace(2), and answers the n-th call of a
// kind that comes from the module's code (or all from the n-th on) with an error, without making it.
//
//   fail_call MODULE CALL ERRNO N once|on COUNT_FILE -- PROG ARGS
//   fail_call libtenter_record.so pwrite64 ENOSPC 3 once calls.txt -- ./app
//
// Writes to COUNT_FILE how many such calls there were, so that a loop over N knows when it is through. Ends as the
// program did (128+signal where it was killed); 77 where ptrace is not permitted.
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr int not_permitted = 77;

const std::map<std::string, long> calls = {{"openat", SYS_openat},
                                           {"close", SYS_close},
                                           {"fcntl", SYS_fcntl},
                                           {"flock", SYS_flock},
                                           {"fstat", SYS_fstat},
                                           {"ftruncate", SYS_ftruncate},
                                           {"fallocate", SYS_fallocate},
                                           {"read", SYS_read},
                                           {"write", SYS_write},
                                           {"pread64", SYS_pread64},
                                           {"pwrite64", SYS_pwrite64},
                                           {"readlink", SYS_readlink},
                                           {"getcwd", SYS_getcwd},
                                           {"mmap", SYS_mmap},
                                           {"munmap", SYS_munmap},
                                           {"madvise", SYS_madvise},
                                           {"prlimit64", SYS_prlimit64},
                                           {"membarrier", SYS_membarrier},
                                           {"getrandom", SYS_getrandom},
                                           {"uname", SYS_uname},
                                           {"clock_gettime", SYS_clock_gettime},
                                           {"nanosleep", SYS_nanosleep},
                                           {"sched_yield", SYS_sched_yield}};

const std::map<std::string, int> errors = {
    {"ENOSPC", ENOSPC}, {"EDQUOT", EDQUOT}, {"EIO", EIO},       {"ENOMEM", ENOMEM},        {"EMFILE", EMFILE},
    {"EACCES", EACCES}, {"EINTR", EINTR},   {"EINVAL", EINVAL}, {"ENOSYS", ENOSYS},        {"EPERM", EPERM},
    {"EBADF", EBADF},   {"EROFS", EROFS},   {"EFBIG", EFBIG},   {"EOPNOTSUPP", EOPNOTSUPP}};

struct Wish {
  std::string module;
  long call;
  int error;
  long nth;
  bool on;  // and all later ones
};

// Where the module's code lies in each process. exec and dlopen change it, so it is read anew for unknown addresses.
class ModuleCode {
 public:
  explicit ModuleCode(std::string module) : module_(std::move(module)) {}

  bool holds(pid_t thread, std::uint64_t address) {
    for (const auto& [begin, end] : ranges_) {
      if (address >= begin && address < end) { return true; }
    }
    if (elsewhere_.contains(address)) { return false; }
    std::ifstream maps("/proc/" + std::to_string(thread) + "/maps");
    for (std::string line; std::getline(maps, line);) {
      std::uint64_t begin = 0, end = 0;
      char permissions[8] = {};
      if (std::sscanf(line.c_str(), "%lx-%lx %7s", &begin, &end, permissions) == 3 && address >= begin &&
          address < end) {
        if (line.ends_with(module_)) {
          ranges_.emplace_back(begin, end);
          return true;
        }
        break;
      }
    }
    elsewhere_.insert(address);
    return false;
  }
  void forget() {
    ranges_.clear();
    elsewhere_.clear();
  }

 private:
  std::string module_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges_;
  std::set<std::uint64_t> elsewhere_;  // addresses of other modules' calls
};

class Tracer {
 public:
  Tracer(Wish wish, pid_t first) : wish_(std::move(wish)), first_(first), code_(wish_.module) {}

  // Until all are gone. The status of the first process, as waitpid gives it.
  int run() {
    int ending = 0;
    for (;;) {
      int status = 0;
      const pid_t thread = ::waitpid(-1, &status, __WALL);
      if (thread < 0) { return ending; }
      if (WIFEXITED(status) || WIFSIGNALED(status)) {
        failing_.erase(thread);
        if (thread == first_) { ending = status; }
        continue;
      }
      ::ptrace(PTRACE_SYSCALL, thread, nullptr, signal_to_pass(thread, status));
    }
  }
  long seen() const { return seen_; }

 private:
  long signal_to_pass(pid_t thread, int status) {
    const int number = WSTOPSIG(status);
    if (number == (SIGTRAP | 0x80)) {
      at_system_call(thread);
      return 0;
    }
    if (const int event = status >> 16; event != 0) {
      if (event == PTRACE_EVENT_EXEC) { code_.forget(); }
      return 0;
    }
    // A new thread or child begins with a stop of its own.
    if (number == SIGSTOP && !known_.contains(thread)) {
      known_.insert(thread);
      return 0;
    }
    return number;
  }

  void at_system_call(pid_t thread) {
    known_.insert(thread);
    __ptrace_syscall_info info{};
    if (::ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info) <= 0) { return; }
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
      if (static_cast<long>(info.entry.nr) != wish_.call || !code_.holds(thread, info.instruction_pointer)) { return; }
      ++seen_;
      if (seen_ == wish_.nth || (wish_.on && seen_ > wish_.nth)) {
        set_register(thread, offsetof(user, regs.orig_rax), ~0ul);
        failing_.insert(thread);
      }
    } else if (info.op == PTRACE_SYSCALL_INFO_EXIT && failing_.erase(thread) != 0) {
      set_register(thread, offsetof(user, regs.rax), static_cast<unsigned long>(-static_cast<long>(wish_.error)));
    }
  }

  static void set_register(pid_t thread, std::size_t offset, unsigned long value) {
    ::ptrace(PTRACE_POKEUSER, thread, offset, value);
  }

  Wish wish_;
  pid_t first_;
  ModuleCode code_;
  std::set<pid_t> known_;
  std::set<pid_t> failing_;  // between the entry and the exit of a call that fails
  long seen_ = 0;
};

int usage() {
  std::fputs("fail_call MODULE CALL ERRNO N once|on COUNT_FILE -- PROG ARGS\n", stderr);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 9 || std::strcmp(argv[7], "--") != 0 || !calls.contains(argv[2]) || !errors.contains(argv[3])) {
    return usage();
  }
  const Wish wish{argv[1], calls.at(argv[2]), errors.at(argv[3]), std::atol(argv[4]), std::strcmp(argv[5], "on") == 0};
  const pid_t child = ::fork();
  if (child == 0) {
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) { ::_exit(not_permitted); }
    ::raise(SIGSTOP);
    ::execv(argv[8], argv + 8);
    ::_exit(127);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) { return not_permitted; }
  constexpr long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                           PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
  if (::ptrace(PTRACE_SETOPTIONS, child, nullptr, options) != 0) { return not_permitted; }
  ::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr);
  Tracer tracer(wish, child);
  status = tracer.run();
  std::ofstream(argv[6]) << tracer.seen() << '\n';
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
