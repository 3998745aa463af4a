// A log goes through four stages: lines are read from a file, parsed, the errors are kept, and written for people.
#include <tenter/tenter.h>

#include <array>
#include <cstdio>
#include <utility>
#include <memory>
#include <string>

namespace {

struct Entry {
  std::string level, text;
};
using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

tenter::RecvChan<std::string> read_lines(File file) {
  const auto out = tenter::make_chan<std::string>(8);
  tenter::go({.name = "read"}, [out, file = std::shared_ptr<std::FILE>(std::move(file))] {
    std::array<char, 256> line;
    while (std::fgets(line.data(), static_cast<int>(line.size()), file.get()) != nullptr) { out.send(line.data()); }
    out.close();
  });
  return out;
}
tenter::RecvChan<Entry> parse(tenter::RecvChan<std::string> in) {
  const auto out = tenter::make_chan<Entry>(8);
  tenter::go({.name = "parse"}, [=] {
    for (const std::string& line : in) {
      const std::size_t space = line.find(' ');
      if (space != std::string::npos) { out.send({line.substr(0, space), line.substr(space + 1)}); }
    }
    out.close();
  });
  return out;
}
tenter::RecvChan<Entry> keep_errors(tenter::RecvChan<Entry> in) {
  const auto out = tenter::make_chan<Entry>(8);
  tenter::go({.name = "filter"}, [=] {
    for (const Entry& entry : in) {
      if (entry.level == "ERROR") { out.send(entry); }
    }
    out.close();
  });
  return out;
}

}  // namespace

int main() {
  return tenter::run([] {
    File log(std::tmpfile(), std::fclose);  // stands for a server's log
    if (!log) { return 1; }
    std::fputs("INFO started\nERROR disk full\nno entry\nINFO request 1\nERROR no route to host\n", log.get());
    std::rewind(log.get());
    int number = 0;
    for (const Entry& entry : keep_errors(parse(read_lines(std::move(log))))) {
      std::printf("error %d: %s", ++number, entry.text.c_str());
    }
    return 0;
  });
}
