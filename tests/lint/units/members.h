// Members that several files use.
#pragma once
#include <functional>
#include <tenter/tenter.h>

namespace members {

class Service {
 public:
  void wait();
  void ask();
  void answer();
  void stop();
  void watch();
  tenter::RecvChan<int> shown() const { return given_away_; }
  void start();
  void restart();
  void restart_after_wait();
  void begin(const tenter::Context& parent);

 private:
  tenter::Chan<int> never_ = tenter::make_chan<int>();
  tenter::Chan<int> closed_elsewhere_ = tenter::make_chan<int>();
  tenter::Chan<int> sent_elsewhere_ = tenter::make_chan<int>();
  tenter::Chan<int> given_away_ = tenter::make_chan<int>();
  tenter::Chan<int> looped_ = tenter::make_chan<int>();
  tenter::Chan<int> jobs_ = tenter::make_chan<int>();
  tenter::Chan<int> calm_jobs_ = tenter::make_chan<int>();
  tenter::WaitGroup group_;
  std::function<void()> cancel_;
  std::function<void()> called_cancel_;
};

}  // namespace members
