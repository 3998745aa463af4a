// A local variable of main, captured by reference.
#include <thread>

int main() {
  int answer = 0;
  std::thread thinker([&answer] { answer = 42; });
  answer = 7;
  thinker.join();
  return answer == 42 || answer == 7 ? 0 : 1;
}
