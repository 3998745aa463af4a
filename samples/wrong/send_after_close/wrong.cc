// A worker writes to a journal. At the end the journal is closed and the worker is told to stop.
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
    journal.close();
    stop.close();
    workers.wait();
    for (const std::string& line : journal) { std::printf("%s\n", line.c_str()); }
  });
}
