// Which task a pthread_t stands for. glibc hands out the same pthread_t again as soon as a thread is joined, or has ended
// detached, so an entry lives exactly that long, and every change names the task it means.
//
// Every function may be called from any thread that may call pthread_create; none changes errno. Memory comes
// from mmap; where there is none, a thread stays unknown and its join and detach are not recorded.
#pragma once
#include <pthread.h>

#include <cstdint>

namespace tenter::hooks {

constexpr std::uint32_t unknown_task = 0;

// The handle stands for the task from now on. Only the first of several calls with the same `once` has an effect:
// a new thread and its creator both make the entry, as either may need it before the other runs.
void remember_thread(pthread_t handle, std::uint32_t task, bool detached, bool& once);
std::uint32_t task_of_thread(pthread_t handle);            // unknown_task: not one of ours
std::uint32_t own_task_id();                               // of the calling thread, if it was created through us
void forget_thread(pthread_t handle, std::uint32_t task);  // it was joined
void thread_is_detached(pthread_t handle, std::uint32_t task);
void thread_has_ended(pthread_t handle, std::uint32_t task);

// fork copies the table in the middle of whatever the other threads do to it: hold it still meanwhile.
void hold_thread_table();
void release_thread_table();
void empty_thread_table();  // in the child, while held: the other threads are not there

}  // namespace tenter::hooks
