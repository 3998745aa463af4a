// The genuine ThreadSanitizer, as far as this library talks to it. Its functions are in the program (clang) or in libtsan.so
// (gcc) and are found when the program starts.
//
// From compiler-rt/include/sanitizer/tsan_interface.h; the __tsan_java_* ones are not in that header: they are for runtimes that
// manage memory and order of their own, which is what a task library is.
#pragma once
#include <cstddef>
#include <cstdint>

extern "C" {
void* __tsan_get_current_fiber();
void* __tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void* fiber);
void __tsan_switch_to_fiber(void* fiber, unsigned flags);
void __tsan_set_fiber_name(void* fiber, const char* name);

void __tsan_acquire(void* object);
void __tsan_release(void* object);
void __tsan_java_release_store(std::uintptr_t object);
void __tsan_mutex_destroy(void* object, unsigned flags);
void __tsan_mutex_pre_lock(void* mutex, unsigned flags);
void __tsan_mutex_post_lock(void* mutex, unsigned flags, int recursion);
int __tsan_mutex_pre_unlock(void* mutex, unsigned flags);
void __tsan_mutex_post_unlock(void* mutex, unsigned flags);

void __tsan_java_alloc(std::uintptr_t begin, std::size_t size);
void __tsan_java_free(std::uintptr_t begin, std::size_t size);
void AnnotateBenignRaceSized(const char* file, int line, const volatile void* begin, long size, const char* why);
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
void AnnotateIgnoreWritesBegin(const char* file, int line);
void AnnotateIgnoreWritesEnd(const char* file, int line);

void __tsan_func_entry(void* call_site);
void __tsan_func_exit();

void* __tsan_get_current_report();
int __tsan_get_report_data(void* report, const char** description, int* count, int* stacks, int* accesses,
                           int* locations, int* mutexes, int* threads, int* unique_threads, void** sleep,
                           unsigned long size);
int __tsan_get_report_stack(void* report, unsigned long index, void** trace, unsigned long size);
int __tsan_get_report_mop(void* report, unsigned long index, int* thread, void** address, int* size, int* write,
                          int* atomic, void** trace, unsigned long trace_size);
int __tsan_get_report_loc(void* report, unsigned long index, const char** type, void** address, void** start,
                          unsigned long* size, int* thread, int* descriptor, int* suppressable, void** trace,
                          unsigned long trace_size);
int __tsan_get_report_mutex(void* report, unsigned long index, std::uint64_t* id, void** address, int* destroyed,
                            void** trace, unsigned long trace_size);
int __tsan_get_report_thread(void* report, unsigned long index, int* thread, std::uint64_t* os_id, int* running,
                             const char** name, int* parent, void** trace, unsigned long trace_size);
int __tsan_get_report_unique_tid(void* report, unsigned long index, int* thread);
}

namespace tenter::detector {

// A place in memory that stands for what somebody had done: one of ThreadSanitizer's synchronization objects.
//
//   Moment sent;
//   sent.store_now();          // by the sender: all that it did so far, and nothing else
//   sent.come_after();         // by the receiver
struct alignas(8) Moment {
  char place[8];

  void come_after() { __tsan_acquire(place); }
  void add_now() { __tsan_release(place); }  // beside what is in it already
  void store_now() { __tsan_java_release_store(reinterpret_cast<std::uintptr_t>(place)); }
};

// While one lives, plain accesses of the running task are not looked at.
class Unseen {
 public:
  Unseen() { begin(); }
  ~Unseen() { end(); }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;

  static void begin() {
    AnnotateIgnoreReadsBegin("", 0);
    AnnotateIgnoreWritesBegin("", 0);
  }
  static void end() {
    AnnotateIgnoreWritesEnd("", 0);
    AnnotateIgnoreReadsEnd("", 0);
  }
};

}  // namespace tenter::detector
