// Each report has a task that prints its lines, until there are no more.
#include <tenter/tenter.h>

#include <chrono>
#include <cstdio>
#include <string>

namespace {

void write_report(int number) {
  const auto lines = tenter::make_chan<std::string>();
  tenter::go({.name = "printer"}, [lines] {
    for (const std::string& line : lines) { std::printf("%s\n", line.c_str()); }
  });
  lines.send("report " + std::to_string(number));
  lines.send("all is well");
}

}  // namespace

int main() {
  return tenter::run([] {
    for (int number = 1; number <= 2; ++number) { write_report(number); }
    tenter::sleep_for(std::chrono::milliseconds(10));  // other work
  });
}
