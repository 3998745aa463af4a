// Descriptors order threads: what came before a write happened before what follows the read that received it. Told as
// release and acquire of an object that stands for the open file.
//
// Which write a read received is not knowable here, so every write before orders: at worst this hides a race between
// threads that also talk over the same pipe. The two ends of a pipe or socketpair share an object, as do
// descriptors that dup made; all network sockets share one, because the peer may be in this process.
#pragma once
#include "hooks/interpose.h"

namespace tenter::hooks {

void releases(int fd, record::Pc pc);
void acquires(int fd, record::Pc pc);
// What epoll instances that watch `fd` tell on; later calls of releases() do so too.
void watched_by(int fd, int epoll);
// After an epoll instance reported something.
void acquires_watched(int epoll, record::Pc pc);

// A pipe or socket that this process made, or a copy of one: for threads that talk over it.
bool connects_threads(int fd);

// `fd` is a new name for what `old` stands for. The result of the call that made it goes through.
int duplicated(int old, int fd);
// A signalfd: what it receives was sent by kill and its kind. False once it is closed.
void delivers_signals(int fd);
bool is_signal_descriptor(int fd);

}  // namespace tenter::hooks
