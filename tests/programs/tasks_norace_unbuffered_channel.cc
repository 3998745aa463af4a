// A send happens before its receive, and a receive from an unbuffered channel before the send is over.
// expect: nothing
// levels: all
#include <tenter/tenter.h>
int question, answer;
int main() {
  return tenter::run([] {
    auto asked = tenter::make_chan<tenter::Unit>();
    auto answered = tenter::make_chan<int>();
    tenter::go([=] {
      asked.recv();
      answer = question + 1;
      answered.send(1);
      question = 7;
      answered.send(2);
    });
    question = 41;
    asked.send({});
    answered.recv();
    const int seen = answer;
    answered.recv();
    return seen == 42 && question == 7 ? 0 : 1;
  });
}
