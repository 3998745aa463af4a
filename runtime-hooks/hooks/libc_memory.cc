// What libc's memory and string functions read and write on the program's behalf. Compilers hand copies over to
// them, and a race on a string is seen nowhere else.
//
// Only calls from code with callbacks are told. A range that a function gives up early on (strcmp, memchr) is told as
// far as it had to look, not as far as it was allowed to.
//
// These functions are called from everywhere, at any time. Until the real ones are found, which takes dlsym and is done
// before main, the simplest ones are done by hand.
#include <cstdlib>
#include <cstring>

#include "hooks/interpose.h"

namespace tenter::hooks {

using record::Pc;
using std::size_t;

namespace {

// ---- by hand -------------------------------------------------------------------------------------------

// volatile, or the compiler would recognize each of these loops as the very function that it stands in for.
void* copy_by_hand(void* to, const void* from, size_t size) {
  auto* out = static_cast<volatile char*>(to);
  const auto* in = static_cast<const volatile char*>(from);
  if (reinterpret_cast<std::uintptr_t>(to) <= reinterpret_cast<std::uintptr_t>(from)) {
    for (size_t i = 0; i < size; ++i) { out[i] = in[i]; }
  } else {
    for (size_t i = size; i > 0; --i) { out[i - 1] = in[i - 1]; }
  }
  return to;
}

void* set_by_hand(void* to, int value, size_t size) {
  auto* out = static_cast<volatile char*>(to);
  for (size_t i = 0; i < size; ++i) { out[i] = static_cast<char>(value); }
  return to;
}

// The index of the first difference, or size.
size_t first_difference(const void* left, const void* right, size_t size) {
  const auto* a = static_cast<const volatile unsigned char*>(left);
  const auto* b = static_cast<const volatile unsigned char*>(right);
  size_t i = 0;
  while (i < size && a[i] == b[i]) { ++i; }
  return i;
}

int compare_by_hand(const void* left, const void* right, size_t size) {
  const size_t at = first_difference(left, right, size);
  return at == size ? 0 : static_cast<const unsigned char*>(left)[at] - static_cast<const unsigned char*>(right)[at];
}

size_t length_by_hand(const char* text) {
  const auto* characters = static_cast<const volatile char*>(text);
  size_t length = 0;
  while (characters[length] != 0) { ++length; }
  return length;
}

// How many characters strcmp and its kin looked at in both strings, at most `limit`.
template <class Fold>
size_t compared(const char* left, const char* right, size_t limit, Fold fold) {
  size_t i = 0;
  while (i < limit && fold(left[i]) == fold(right[i]) && left[i] != 0) { ++i; }
  return i < limit ? i + 1 : limit;
}

char as_it_is(char c) { return c; }
char in_lower_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

// ---- blocks of memory ----------------------------------------------------------------------------------

TENTER_NEXT(size_t, strlen, (const char*))
TENTER_NEXT(size_t, strnlen, (const char*, size_t))

namespace {

size_t length_of(const char* text) {
  const auto real = REAL(strlen);
  return real == nullptr ? length_by_hand(text) : real(text);
}

void told_copy(void* to, const void* from, size_t size, Pc pc) {
  if (speaks_for_program(pc)) {
    library_read(from, size, pc);
    library_write(to, size, pc);
  }
}
void told_set(void* to, size_t size, Pc pc) {
  if (speaks_for_program(pc)) { library_write(to, size, pc); }
}
void told_compare(const void* left, const void* right, size_t size, Pc pc) {
  if (speaks_for_program(pc)) {
    const size_t at = first_difference(left, right, size);
    const size_t seen = at < size ? at + 1 : size;
    library_read(left, seen, pc);
    library_read(right, seen, pc);
  }
}
void told_string(const char* text, Pc pc) {
  if (speaks_for_program(pc)) { library_read(text, length_of(text) + 1, pc); }
}
// A search that ended at `found`, or went through all `size` bytes.
void told_search(const void* start, size_t size, const void* found, Pc pc) {
  if (speaks_for_program(pc)) {
    const auto* first = static_cast<const char*>(start);
    library_read(first, found == nullptr ? size : static_cast<size_t>(static_cast<const char*>(found) - first) + 1, pc);
  }
}
void told_string_copy(const void* to, const char* from, Pc pc) {
  if (speaks_for_program(pc)) {
    const size_t with_end = length_of(from) + 1;
    library_read(from, with_end, pc);
    library_write(to, with_end, pc);
  }
}

}  // namespace

TENTER_INTERPOSE(void*, memcpy, (void* to, const void* from, size_t size)) {
  told_copy(to, from, size, TENTER_CALLER_PC());
  const auto real = REAL(memcpy);
  return real == nullptr ? copy_by_hand(to, from, size) : real(to, from, size);
}
TENTER_INTERPOSE(void*, memmove, (void* to, const void* from, size_t size)) {
  told_copy(to, from, size, TENTER_CALLER_PC());
  const auto real = REAL(memmove);
  return real == nullptr ? copy_by_hand(to, from, size) : real(to, from, size);
}
TENTER_INTERPOSE(void*, mempcpy, (void* to, const void* from, size_t size)) {
  told_copy(to, from, size, TENTER_CALLER_PC());
  return REAL(mempcpy)(to, from, size);
}
TENTER_INTERPOSE(void*, memset, (void* to, int value, size_t size)) {
  told_set(to, size, TENTER_CALLER_PC());
  const auto real = REAL(memset);
  return real == nullptr ? set_by_hand(to, value, size) : real(to, value, size);
}
TENTER_INTERPOSE(void, explicit_bzero, (void* to, size_t size)) {
  told_set(to, size, TENTER_CALLER_PC());
  REAL(explicit_bzero)(to, size);
}
TENTER_INTERPOSE(int, memcmp, (const void* left, const void* right, size_t size)) {
  told_compare(left, right, size, TENTER_CALLER_PC());
  const auto real = REAL(memcmp);
  return real == nullptr ? compare_by_hand(left, right, size) : real(left, right, size);
}
TENTER_INTERPOSE(int, bcmp, (const void* left, const void* right, size_t size)) {
  told_compare(left, right, size, TENTER_CALLER_PC());
  const auto real = REAL(bcmp);
  return real == nullptr ? compare_by_hand(left, right, size) : real(left, right, size);
}
TENTER_INTERPOSE(void*, memchr, (const void* start, int value, size_t size)) {
  void* found = REAL(memchr)(start, value, size);
  told_search(start, size, found, TENTER_CALLER_PC());
  return found;
}
TENTER_INTERPOSE(void*, memrchr, (const void* start, int value, size_t size)) {
  void* found = REAL(memrchr)(start, value, size);
  const Pc pc = TENTER_CALLER_PC();
  if (speaks_for_program(pc)) {
    const auto* first = static_cast<const char*>(found == nullptr ? start : found);
    library_read(first, static_cast<size_t>(static_cast<const char*>(start) + size - first), pc);
  }
  return found;
}
TENTER_INTERPOSE(void*, rawmemchr, (const void* start, int value)) {
  void* found = REAL(rawmemchr)(start, value);
  told_search(start, 0, found, TENTER_CALLER_PC());
  return found;
}
TENTER_INTERPOSE(void*, memmem, (const void* hay, size_t hay_size, const void* needle, size_t needle_size)) {
  void* found = REAL(memmem)(hay, hay_size, needle, needle_size);
  const Pc pc = TENTER_CALLER_PC();
  if (speaks_for_program(pc)) {
    const auto* first = static_cast<const char*>(hay);
    library_read(
        hay, found == nullptr ? hay_size : static_cast<size_t>(static_cast<const char*>(found) - first) + needle_size,
        pc);
    library_read(needle, needle_size, pc);
  }
  return found;
}

// ---- strings that are read -----------------------------------------------------------------------------

TENTER_INTERPOSE_KNOWN(size_t, strlen, (const char* text)) {
  const size_t length = length_of(text);
  const Pc pc = TENTER_CALLER_PC();
  if (speaks_for_program(pc)) { library_read(text, length + 1, pc); }
  return length;
}
TENTER_INTERPOSE_KNOWN(size_t, strnlen, (const char* text, size_t limit)) {
  const size_t length = REAL(strnlen)(text, limit);
  const Pc pc = TENTER_CALLER_PC();
  if (speaks_for_program(pc)) { library_read(text, length < limit ? length + 1 : limit, pc); }
  return length;
}

#define TENTER_COMPARE(function, fold)                                     \
  TENTER_INTERPOSE(int, function, (const char* left, const char* right)) { \
    const Pc pc = TENTER_CALLER_PC();                                      \
    if (speaks_for_program(pc)) {                                          \
      const size_t seen = compared(left, right, SIZE_MAX, fold);           \
      library_read(left, seen, pc);                                        \
      library_read(right, seen, pc);                                       \
    }                                                                      \
    return REAL(function)(left, right);                                    \
  }
#define TENTER_COMPARE_UP_TO(function, fold)                                             \
  TENTER_INTERPOSE(int, function, (const char* left, const char* right, size_t limit)) { \
    const Pc pc = TENTER_CALLER_PC();                                                    \
    if (speaks_for_program(pc)) {                                                        \
      const size_t seen = compared(left, right, limit, fold);                            \
      library_read(left, seen, pc);                                                      \
      library_read(right, seen, pc);                                                     \
    }                                                                                    \
    return REAL(function)(left, right, limit);                                           \
  }
TENTER_COMPARE(strcmp, as_it_is)
TENTER_COMPARE(strcasecmp, in_lower_case)
TENTER_COMPARE_UP_TO(strncmp, as_it_is)
TENTER_COMPARE_UP_TO(strncasecmp, in_lower_case)

// A search for one character: to the place where it is, or to the end.
#define TENTER_STRING_SEARCH(function)                                   \
  TENTER_INTERPOSE(char*, function, (const char* text, int character)) { \
    char* found = REAL(function)(text, character);                       \
    const Pc pc = TENTER_CALLER_PC();                                    \
    if (found == nullptr) {                                              \
      told_string(text, pc);                                             \
    } else {                                                             \
      told_search(text, 0, found, pc);                                   \
    }                                                                    \
    return found;                                                        \
  }
TENTER_STRING_SEARCH(strchr)
TENTER_STRING_SEARCH(strchrnul)

TENTER_INTERPOSE(char*, strrchr, (const char* text, int character)) {
  told_string(text, TENTER_CALLER_PC());
  return REAL(strrchr)(text, character);
}

// A search for a string: to the end of its first occurrence.
#define TENTER_SUBSTRING_SEARCH(function)                                                                           \
  TENTER_INTERPOSE(char*, function, (const char* text, const char* part)) {                                         \
    char* found = REAL(function)(text, part);                                                                       \
    const Pc pc = TENTER_CALLER_PC();                                                                               \
    if (speaks_for_program(pc)) {                                                                                   \
      const size_t part_length = length_of(part);                                                                   \
      const size_t seen = found == nullptr ? length_of(text) + 1 : static_cast<size_t>(found - text) + part_length; \
      library_read(text, seen, pc);                                                                                 \
      library_read(part, part_length + 1, pc);                                                                      \
    }                                                                                                               \
    return found;                                                                                                   \
  }
TENTER_SUBSTRING_SEARCH(strstr)
TENTER_SUBSTRING_SEARCH(strcasestr)

#define TENTER_SPAN(function)                                               \
  TENTER_INTERPOSE(size_t, function, (const char* text, const char* set)) { \
    const size_t length = REAL(function)(text, set);                        \
    const Pc pc = TENTER_CALLER_PC();                                       \
    if (speaks_for_program(pc)) {                                           \
      library_read(text, length + 1, pc);                                   \
      told_string(set, pc);                                                 \
    }                                                                       \
    return length;                                                          \
  }
TENTER_SPAN(strspn)
TENTER_SPAN(strcspn)

TENTER_INTERPOSE(char*, strpbrk, (const char* text, const char* set)) {
  char* found = REAL(strpbrk)(text, set);
  const Pc pc = TENTER_CALLER_PC();
  if (found == nullptr) {
    told_string(text, pc);
  } else {
    told_search(text, 0, found, pc);
  }
  told_string(set, pc);
  return found;
}

// ---- strings that are written --------------------------------------------------------------------------

TENTER_INTERPOSE(char*, strcpy, (char* to, const char* from)) {
  told_string_copy(to, from, TENTER_CALLER_PC());
  return REAL(strcpy)(to, from);
}
TENTER_INTERPOSE(char*, stpcpy, (char* to, const char* from)) {
  told_string_copy(to, from, TENTER_CALLER_PC());
  return REAL(stpcpy)(to, from);
}

namespace {

// strncpy fills the rest of the room with zeros.
void told_padded_copy(char* to, const char* from, size_t room, Pc pc) {
  if (speaks_for_program(pc)) {
    const size_t length = REAL(strnlen)(from, room);
    library_read(from, length < room ? length + 1 : room, pc);
    library_write(to, room, pc);
  }
}
void told_append(const char* to, const char* from, size_t limit, Pc pc) {
  if (speaks_for_program(pc)) {
    const size_t to_length = length_of(to);
    const size_t from_length = REAL(strnlen)(from, limit);
    library_read(to, to_length + 1, pc);
    library_read(from, from_length < limit ? from_length + 1 : limit, pc);
    library_write(to + to_length, from_length + 1, pc);
  }
}

}  // namespace

TENTER_INTERPOSE(char*, strncpy, (char* to, const char* from, size_t room)) {
  told_padded_copy(to, from, room, TENTER_CALLER_PC());
  return REAL(strncpy)(to, from, room);
}
TENTER_INTERPOSE(char*, stpncpy, (char* to, const char* from, size_t room)) {
  told_padded_copy(to, from, room, TENTER_CALLER_PC());
  return REAL(stpncpy)(to, from, room);
}
TENTER_INTERPOSE(char*, strcat, (char* to, const char* from)) {
  told_append(to, from, SIZE_MAX, TENTER_CALLER_PC());
  return REAL(strcat)(to, from);
}
TENTER_INTERPOSE(char*, strncat, (char* to, const char* from, size_t limit)) {
  told_append(to, from, limit, TENTER_CALLER_PC());
  return REAL(strncat)(to, from, limit);
}

namespace {

char* told_duplicate(const char* text, size_t limit, char* copy, Pc pc) {
  if (copy != nullptr && speaks_for_program(pc)) {
    const size_t length = length_of(copy);
    library_read(text, length < limit ? length + 1 : limit, pc);
    library_write(copy, length + 1, pc);
  }
  return copy;
}

}  // namespace

TENTER_INTERPOSE(char*, strdup, (const char* text)) {
  return told_duplicate(text, SIZE_MAX, REAL(strdup)(text), TENTER_CALLER_PC());
}
TENTER_INTERPOSE(char*, strndup, (const char* text, size_t limit)) {
  return told_duplicate(text, limit, REAL(strndup)(text, limit), TENTER_CALLER_PC());
}

// ---- what -D_FORTIFY_SOURCE calls instead --------------------------------------------------------------

TENTER_INTERPOSE(void*, __memcpy_chk, (void* to, const void* from, size_t size, size_t room)) {
  told_copy(to, from, size, TENTER_CALLER_PC());
  return REAL(__memcpy_chk)(to, from, size, room);
}
TENTER_INTERPOSE(void*, __memmove_chk, (void* to, const void* from, size_t size, size_t room)) {
  told_copy(to, from, size, TENTER_CALLER_PC());
  return REAL(__memmove_chk)(to, from, size, room);
}
TENTER_INTERPOSE(void*, __mempcpy_chk, (void* to, const void* from, size_t size, size_t room)) {
  told_copy(to, from, size, TENTER_CALLER_PC());
  return REAL(__mempcpy_chk)(to, from, size, room);
}
TENTER_INTERPOSE(void*, __memset_chk, (void* to, int value, size_t size, size_t room)) {
  told_set(to, size, TENTER_CALLER_PC());
  return REAL(__memset_chk)(to, value, size, room);
}
TENTER_INTERPOSE(char*, __strcpy_chk, (char* to, const char* from, size_t room)) {
  told_string_copy(to, from, TENTER_CALLER_PC());
  return REAL(__strcpy_chk)(to, from, room);
}
TENTER_INTERPOSE(char*, __stpcpy_chk, (char* to, const char* from, size_t room)) {
  told_string_copy(to, from, TENTER_CALLER_PC());
  return REAL(__stpcpy_chk)(to, from, room);
}
TENTER_INTERPOSE(char*, __strncpy_chk, (char* to, const char* from, size_t size, size_t room)) {
  told_padded_copy(to, from, size, TENTER_CALLER_PC());
  return REAL(__strncpy_chk)(to, from, size, room);
}
TENTER_INTERPOSE(char*, __strcat_chk, (char* to, const char* from, size_t room)) {
  told_append(to, from, SIZE_MAX, TENTER_CALLER_PC());
  return REAL(__strcat_chk)(to, from, room);
}
TENTER_INTERPOSE(char*, __strncat_chk, (char* to, const char* from, size_t limit, size_t room)) {
  told_append(to, from, limit, TENTER_CALLER_PC());
  return REAL(__strncat_chk)(to, from, limit, room);
}

// ---- sorting -------------------------------------------------------------------------------------------

// The comparisons are the program's own code and tell their accesses themselves; moving the elements is libc's doing.
using Compare = int (*)(const void*, const void*);
using CompareWith = int (*)(const void*, const void*, void*);

namespace {

void told_sort(void* base, size_t count, size_t size, Pc pc) {
  if (count > 1 && speaks_for_program(pc)) {
    library_read(base, count * size, pc);
    library_write(base, count * size, pc);
  }
}

}  // namespace

TENTER_INTERPOSE(void, qsort, (void* base, size_t count, size_t size, Compare compare)) {
  told_sort(base, count, size, TENTER_CALLER_PC());
  REAL(qsort)(base, count, size, compare);
}
TENTER_INTERPOSE(void, qsort_r, (void* base, size_t count, size_t size, CompareWith compare, void* argument)) {
  told_sort(base, count, size, TENTER_CALLER_PC());
  REAL(qsort_r)(base, count, size, compare, argument);
}

}  // namespace tenter::hooks
