// Two threads that would be ordered by what libc does, had one of them not written after it.
// each: data-race object=over_pipe,over_duplicate,over_stream,over_eventfd_polled,over_eventfd_selected,over_epoll
// each: data-race object=over_epoll_add,over_connection,over_splice,over_close,over_formatted,over_many,over_timer
// each: data-race object=by_sigwait,by_signalfd,by_pthread_kill,by_sigaction,by_exit,under_flockfile
#include "libc_order.h"

int main() { all_in_order(false); }
