// The race is in the recording although the program is killed before its end.
#include <csignal>
#include <thread>

long total;

int main() {
  std::thread accountant([] { total = 5; });
  total = 6;
  accountant.join();
  std::raise(SIGKILL);
}
