// What libc's functions have in common in reading and writing memory on the program's behalf. Only calls from code with
// callbacks are told. Before the real function runs; where its result says how far it went, after it.
#pragma once
#include "hooks/interpose.h"

namespace tenter::hooks {

// strlen(), also before the real one is found.
std::size_t length_of(const char* text);
// strnlen().
std::size_t length_up_to(const char* text, std::size_t limit);

inline void told_read(const void* start, std::size_t size, record::Pc pc) {
  if (speaks_for_program(pc)) { library_read(start, size, pc); }
}
inline void told_write(void* start, std::size_t size, record::Pc pc) {
  if (speaks_for_program(pc)) { library_write(start, size, pc); }
}
inline void told_copy(void* to, const void* from, std::size_t size, record::Pc pc) {
  if (speaks_for_program(pc)) {
    library_read(from, size, pc);
    library_write(to, size, pc);
  }
}
// The whole of a string and its end.
inline void told_string(const char* text, record::Pc pc) {
  if (speaks_for_program(pc)) { library_read(text, length_of(text) + 1, pc); }
}
// A string that was given back in memory of the program, or of libc's that many share. Null: there was none.
inline void told_new_string(char* text, record::Pc pc) {
  if (text != nullptr && speaks_for_program(pc)) { library_write(text, length_of(text) + 1, pc); }
}
// A search that ended at `found`, or went through all `size` bytes.
inline void told_search(const void* start, std::size_t size, const void* found, record::Pc pc) {
  if (speaks_for_program(pc)) {
    const auto* first = static_cast<const char*>(start);
    library_read(first, found == nullptr ? size : static_cast<std::size_t>(static_cast<const char*>(found) - first) + 1,
                 pc);
  }
}
// What a call filled in, if it succeeded and was asked to: the object that `result` points to.
template <class T>
inline void told_result(T* result, bool succeeded, record::Pc pc) {
  if (succeeded && result != nullptr) { told_write(result, sizeof(T), pc); }
}

}  // namespace tenter::hooks
