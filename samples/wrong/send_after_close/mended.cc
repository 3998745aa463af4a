// A worker writes to a journal, which is closed when nobody is left who could write.
#include <tenter/tenter.h>

#include <cstdio>
#include <string>

int main() {
  return tenter::run([] {
    const auto journal = tenter::make_chan<std::string>(8);
    const auto stop = tenter::make_chan<tenter::Unit>();
    tenter::WaitGroup workers;
    workers.go({.name = "worker"}, [journal, stop] {
      journal.send("hello");
      stop.recv();
      journal.send("goodbye");
    });
    std::printf("%s\n", journal.recv().value().c_str());
    stop.close();
    workers.wait();
    journal.close();
    for (const std::string& line : journal) { std::printf("%s\n", line.c_str()); }
  });
}
