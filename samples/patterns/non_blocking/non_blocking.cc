// To send or receive only if that needs no waiting.
#include <tenter/tenter.h>

#include <cstdio>

int main() {
  return tenter::run([] {
    const auto queue = tenter::make_chan<int>(2);
    for (int job = 1; job <= 3; ++job) {
      // A full queue refuses, so that the sender can say "busy" at once.
      std::printf("job %d: %s\n", job, queue.try_send(job) ? "accepted" : "refused, the queue is full");
    }
    while (const auto job = queue.try_recv().value) { std::printf("job %d: done\n", *job); }

    tenter::select(tenter::on_recv(queue, [](int job) { std::printf("job %d\n", job); }),
                   tenter::otherwise([] { std::puts("nothing to do"); }));
    queue.close();
    std::printf("closed: %s\n", queue.try_recv().closed ? "yes" : "no");
  });
}
