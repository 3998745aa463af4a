// Images are resized, compressed and converted by three workers. Results come as they are ready, and are put in order.
#include <tenter/tenter.h>

#include <cstdio>
#include <map>
#include <string>

namespace {

struct Job {
  int number = 0;
  std::string image;
  enum class Kind { resize, compress, convert } kind = Kind::resize;
};
struct Result {
  int number = 0;
  std::string text;
};

Result process(const Job& job) {
  switch (job.kind) {
    case Job::Kind::resize: return {job.number, job.image + " resized to 800x600"};
    case Job::Kind::compress: return {job.number, job.image + " compressed to 80 %"};
    case Job::Kind::convert: return {job.number, job.image + " converted to png"};
  }
  return {job.number, job.image + " left as it is"};
}

}  // namespace

int main() {
  return tenter::run([] {
    const auto jobs = tenter::make_chan<Job>(4);
    const auto results = tenter::make_chan<Result>(4);
    tenter::WaitGroup workers, others;
    for (int i = 0; i < 3; ++i) {
      workers.go({.name = "worker"}, [=] {
        for (const Job& job : jobs) { results.send(process(job)); }
      });
    }
    others.go({.name = "producer"}, [=] {
      int number = 0;
      for (const char* image : {"cat.jpg", "dog.jpg"}) {
        for (const auto kind : {Job::Kind::resize, Job::Kind::compress, Job::Kind::convert}) {
          jobs.send({number++, image, kind});
        }
      }
      jobs.close();  // the workers end when nothing is left
    });
    others.go({.name = "closer"}, [&workers, results] {
      workers.wait();
      results.close();  // and then so does the loop below
    });
    std::map<int, std::string> in_order;
    for (const Result& result : results) { in_order[result.number] = result.text; }
    for (const auto& [number, text] : in_order) { std::printf("%d: %s\n", number, text.c_str()); }
    others.wait();
  });
}
