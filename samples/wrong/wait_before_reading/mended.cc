// Two workers square numbers. Results are read while they work, and a task of its own waits for the end.
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
    tenter::WaitGroup closer;
    closer.go({.name = "closer"}, [results, &workers] {
      workers.wait();
      results.close();
    });
    int sum = 0;
    for (const int result : results) { sum += result; }
    closer.wait();
    std::printf("%d\n", sum);
  });
}
