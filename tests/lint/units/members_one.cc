// What members are used for here, and nowhere closed or called, is wrong if these files are the program.
#include "members.h"

namespace members {

void Service::wait() {
  never_.recv();  // expected-warning {{nothing in the program sends on 'members::Service::never_' or closes it [tenter-chan-field-never-closed]}}
  closed_elsewhere_.recv();
  given_away_.recv();
}
void Service::ask() { sent_elsewhere_.recv(); }
void Service::watch() {
  for (const int each : looped_) static_cast<void>(each);  // expected-warning {{'members::Service::looped_'}}
}
void Service::start() {
  tenter::go([this] { jobs_.recv(); });  // expected-warning {{possibly, the task uses this object, and nothing in its class waits for the task when the object ends [tenter-task-captures-this]}}
  group_.go([this] { calm_jobs_.recv(); });
}
void Service::begin(const tenter::Context& parent) {
  auto [context, cancel] = tenter::with_cancel(parent);
  cancel_ = cancel;  // expected-warning {{nothing in the program calls 'members::Service::cancel_', so the context is never cancelled [tenter-ctx-lost-cancel]}}
  auto [other, called] = tenter::with_cancel(parent);
  called_cancel_ = called;
}

// Seen by nobody else, so it needs no other file.
class Own {
 public:
  void wait() { quit_.recv(); }  // expected-warning {{'members::Own::quit_'}}
  void wait_well() { done_.recv(); }
  void stop() { done_.close(); }
  int right_choice() {
    return tenter::select(tenter::on_recv(extra_), tenter::on_recv(done_)) == 0 ? 1 : 2;
  }
  void right_if_there_is_one() {
    if (!perhaps_.is_nil()) perhaps_.recv();
  }

 private:
  tenter::Chan<int> extra_ = tenter::make_chan<int>();
  tenter::Chan<int> perhaps_;
  tenter::Chan<int> quit_ = tenter::make_chan<int>();
  tenter::Chan<int> done_ = tenter::make_chan<int>();
};

}  // namespace members
