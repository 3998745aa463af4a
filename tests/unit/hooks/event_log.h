// A recorder that keeps events in memory, so that a test can read what the hooks told. It stands in for record/: the
// hooks are linked with one or the other.
//
//   log_clear();
//   pthread_mutex_lock(&mutex);
//   EXPECT_EVENTS(&mutex, "acquire");
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "record/record.h"

namespace tenter::test {

// Forgets what was told so far.
void log_clear();
// What was told of the object since, by any thread, as words between blanks: "wait(lock) end-wait acquire". Flags
// follow a word after a slash: "acquire/attempt,again". `object` null: of every object.
std::string log_of(const void* object);
// As above, of accesses and allocations that overlap the range: "read(0,6) write(0,6)", offset and size.
std::string memory_log_of(const void* start, std::size_t size);
// The task of the calling thread.
std::uint32_t own_task();
// While false, record::active() is.
void log_on(bool on);

inline void expect(bool ok, const char* what, const char* file, int line) {
  if (!ok) {
    std::fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
    std::_Exit(1);
  }
}
// `want` is a view: a string would be one more block of memory, made where the test has just freed one.
inline void expect_equal(const std::string& got, std::string_view want, const char* file, int line) {
  if (got != want) {
    std::fprintf(stderr, "%s:%d: failed\n  want: %.*s\n  got:  %s\n", file, line, static_cast<int>(want.size()),
                 want.data(), got.c_str());
    std::_Exit(1);
  }
}

}  // namespace tenter::test

#define EXPECT(condition) ::tenter::test::expect((condition), #condition, __FILE__, __LINE__)
#define EXPECT_EVENTS(object, want) \
  ::tenter::test::expect_equal(::tenter::test::log_of(object), want, __FILE__, __LINE__)
#define EXPECT_MEMORY(start, size, want) \
  ::tenter::test::expect_equal(::tenter::test::memory_log_of(start, size), want, __FILE__, __LINE__)
