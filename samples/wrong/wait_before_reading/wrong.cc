// Two workers square numbers. When they have finished, the results are read.
#include <tenter/tenter.h>

#include <cstdio>

int main() {
  return tenter::run([] {
    const auto jobs = tenter::make_chan<int>(3);
    const auto results = tenter::make_chan<int>();
    for (const int job : {1, 2, 3}) { jobs.send(job); }
    jobs.close();
    tenter::WaitGroup workers;
    for (int i = 0; i < 2; ++i) {
      workers.go({.name = "worker"}, [jobs, results] {
        for (const int job : jobs) { results.send(job * job); }
      });
    }
    workers.wait();  // who wait to send their first result
    results.close();
    int sum = 0;
    for (const int result : results) { sum += result; }
    std::printf("%d\n", sum);
  });
}
