// An answer, or the end of patience, whichever comes first.
#include <tenter/tenter.h>

#include <chrono>
#include <cstdio>

using namespace std::chrono_literals;

namespace {

void wait_for(tenter::RecvChan<int> answers, tenter::Duration patience) {
  tenter::select(tenter::on_recv(answers, [](int answer) { std::printf("answer %d\n", answer); }),
                 tenter::on_recv(tenter::after(patience), [] { std::puts("no answer in time"); }));
}

}  // namespace

int main() {
  return tenter::run([] {
    const auto answers = tenter::make_chan<int>(1);
    wait_for(answers, 10ms);
    answers.send(42);
    wait_for(answers, 1h);
  });
}
