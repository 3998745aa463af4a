// Each report has a task that prints its lines, and ends when the channel is closed.
#include <tenter/tenter.h>

#include <cstdio>
#include <string>

namespace {

void write_report(int number) {
  const auto lines = tenter::make_chan<std::string>();
  tenter::WaitGroup printer;
  printer.go({.name = "printer"}, [lines] {
    for (const std::string& line : lines) { std::printf("%s\n", line.c_str()); }
  });
  lines.send("report " + std::to_string(number));
  lines.send("all is well");
  lines.close();
  printer.wait();
}

}  // namespace

int main() {
  return tenter::run([] {
    for (int number = 1; number <= 2; ++number) { write_report(number); }
  });
}
