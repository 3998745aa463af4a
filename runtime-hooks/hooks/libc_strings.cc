// What libc's string functions read and write on the program's behalf.
//
// A string that a function gives up early on (strcmp, strchr) is told as far as it had to look.
#include <cstring>

#include "hooks/libc_access.h"

namespace tenter::hooks {

using record::Pc;
using std::size_t;

namespace {

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

// ---- strings that are read -----------------------------------------------------------------------------

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

// As the rules of a language or of numbers in text say, which may need the whole of both.
#define TENTER_COMPARE_WHOLE(function)                                     \
  TENTER_INTERPOSE(int, function, (const char* left, const char* right)) { \
    const Pc pc = TENTER_CALLER_PC();                                      \
    told_string(left, pc);                                                 \
    told_string(right, pc);                                                \
    return REAL(function)(left, right);                                    \
  }
TENTER_COMPARE_WHOLE(strcoll)
TENTER_COMPARE_WHOLE(strverscmp)

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
TENTER_STRING_SEARCH(index)

#define TENTER_STRING_SEARCH_FROM_END(function)                          \
  TENTER_INTERPOSE(char*, function, (const char* text, int character)) { \
    told_string(text, TENTER_CALLER_PC());                               \
    return REAL(function)(text, character);                              \
  }
TENTER_STRING_SEARCH_FROM_END(strrchr)
TENTER_STRING_SEARCH_FROM_END(rindex)

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

namespace {

void told_string_copy(char* to, const char* from, Pc pc) {
  if (speaks_for_program(pc)) { told_copy(to, from, length_of(from) + 1, pc); }
}

}  // namespace

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
    const size_t length = length_up_to(from, room);
    library_read(from, length < room ? length + 1 : room, pc);
    library_write(to, room, pc);
  }
}
void told_append(const char* to, const char* from, size_t limit, Pc pc) {
  if (speaks_for_program(pc)) {
    const size_t to_length = length_of(to);
    const size_t from_length = length_up_to(from, limit);
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
TENTER_INTERPOSE(char*, __strdup, (const char* text)) {
  return told_duplicate(text, SIZE_MAX, REAL(__strdup)(text), TENTER_CALLER_PC());
}
TENTER_INTERPOSE(char*, strndup, (const char* text, size_t limit)) {
  return told_duplicate(text, limit, REAL(strndup)(text, limit), TENTER_CALLER_PC());
}
TENTER_INTERPOSE(size_t, strxfrm, (char* to, const char* from, size_t room)) {
  const size_t length = REAL(strxfrm)(to, from, room);
  const Pc pc = TENTER_CALLER_PC();
  told_string(from, pc);
  if (length < room) { told_write(to, length + 1, pc); }
  return length;
}

// ---- strings that are taken apart ----------------------------------------------------------------------

TENTER_NEXT(char*, strtok_r, (char*, const char*, char**))

namespace {

// From `start`, if there was anything, `token` was cut out; `next` is where the search goes on, null at the end.
char* told_token(char* start, char* token, const char* next, Pc pc) {
  if (start == nullptr || !speaks_for_program(pc)) { return token; }
  if (token == nullptr) {
    library_read(start, length_of(start) + 1, pc);
    return token;
  }
  char* end = token + length_of(token);
  library_read(start, static_cast<size_t>(end - start) + 1, pc);
  if (next != nullptr && next > end) { library_write(end, 1, pc); }  // where the separator was
  return token;
}

char* told_next_token(char* text, const char* separators, char** position, Pc pc) {
  char* start = text != nullptr ? text : *position;
  told_string(separators, pc);
  char* token = REAL(strtok_r)(text, separators, position);
  told_result(position, true, pc);
  return told_token(start, token, *position, pc);
}

// strtok() keeps one for all threads, and so do we, to see them race on it. Reports show the name.
char* strtok_position __asm__("strtok_position") = nullptr;

}  // namespace

TENTER_INTERPOSE_KNOWN(char*, strtok_r, (char* text, const char* separators, char** position)) {
  return told_next_token(text, separators, position, TENTER_CALLER_PC());
}
TENTER_HOOK char* hook_strtok_r_of_macros(char* text, const char* separators, char** position) __asm__("__strtok_r");
char* hook_strtok_r_of_macros(char* text, const char* separators, char** position) {
  return told_next_token(text, separators, position, TENTER_CALLER_PC());
}
TENTER_HOOK char* hook_strtok(char* text, const char* separators) __asm__("strtok");
char* hook_strtok(char* text, const char* separators) {
  return told_next_token(text, separators, &strtok_position, TENTER_CALLER_PC());
}

TENTER_INTERPOSE(char*, strsep, (char** position, const char* separators)) {
  const Pc pc = TENTER_CALLER_PC();
  char* start = *position;
  told_string(separators, pc);
  char* token = REAL(strsep)(position, separators);
  told_result(position, true, pc);
  return told_token(start, token, *position, pc);
}

// ---- what -D_FORTIFY_SOURCE calls instead --------------------------------------------------------------

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
TENTER_INTERPOSE(char*, __stpncpy_chk, (char* to, const char* from, size_t size, size_t room)) {
  told_padded_copy(to, from, size, TENTER_CALLER_PC());
  return REAL(__stpncpy_chk)(to, from, size, room);
}

}  // namespace tenter::hooks
