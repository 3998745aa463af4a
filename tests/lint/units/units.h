// What near.cc, far.cc and third.cc know of each other.
#pragma once
#include <mutex>
#include <tenter/tenter.h>
#include <vector>

namespace units {

// far.cc
void finish(tenter::Chan<int> out);
void finish_if(bool failed, tenter::Chan<int> out);
void tell(tenter::Chan<int> out, int value);
void look_at(tenter::Chan<int> channel);
tenter::Chan<int> made_elsewhere();
tenter::Chan<int> same(tenter::Chan<int> channel);
void start_closer(tenter::Chan<int> out);
void close_as_task(tenter::Chan<int> out);
void work(tenter::WaitGroup& group, bool nothing_to_do);
void done_as_task(tenter::WaitGroup& group);
void finish_by_third(tenter::Chan<int> out);
void count_down(int number, tenter::Chan<int> out);
void keep(tenter::Chan<int> channel);
void finish_kept();

// third.cc
void finish_at_last(tenter::Chan<int> out);
void count_down_there(int number, tenter::Chan<int> out);
void relay(tenter::Chan<int> out);

// near.cc
void finish_near(tenter::Chan<int> out);

class Store {
 public:
  void put(int value);
  void stop();
  void wrong_put_twice(int value);
  void right_put_twice(int value);

 private:
  void put_locked(int value);
  std::mutex mutex_;
  std::vector<int> values_;
  tenter::Chan<int> quit_ = tenter::make_chan<int>();
};

}  // namespace units
