// The helper is a thread of ours that encodes the windows which other threads have filled, beside an idle processor.
//
// It exists only while the program has threads besides its main thread. The kernel refuses a process of two threads what it
// grants to one (unshare(2), setns(2)), and libc ends a process when its last thread has called pthread_exit: a program of one
// thread must stay one. So whoever is the last of those threads sees the helper out before it ends.
//
// libc knows it, so setuid() and fork() treat it as they should. It takes no signals, has the lowest claim to a processor that
// still lets it end soon, and allocates nothing. Where there is none (one processor, no thread to be had, limits
// on memory or on the file's size), or no room in its queue, threads encode their windows themselves.
#pragma once

namespace tenter::record {

struct Thread;

// What makes it come and go: a thread that is about to be created, and is not after all; the new thread itself, when it begins and
// when it ends. The last of these may wait for the helper's end.
void expect_thread();
void expect_no_thread();
void count_this_thread();
void discount_this_thread();
// By a thread that has just created another: it is where libc's locks are free.
void bring_helper();

bool helper_is_there();

// `thread` has a full spare. False: the queue is full, or the helper about to go.
bool queue_for_helper(Thread& thread);

// In a forked child, where there is none.
void forget_helper_of_parent();

}  // namespace tenter::record
