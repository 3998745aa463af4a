#include "members.h"

namespace members {

void Service::answer() { sent_elsewhere_.send(1); }
void Service::stop() {
  closed_elsewhere_.close();
  called_cancel_();
}
void Service::restart() {
  jobs_.close();
  jobs_ = tenter::make_chan<int>();  // expected-warning {{possibly, the member 'members::Service::jobs_' is replaced while a task may use it [tenter-chan-handle-reassigned]}}
}
void Service::restart_after_wait() {
  calm_jobs_.close();
  group_.wait();
  calm_jobs_ = tenter::make_chan<int>();
}

}  // namespace members
