// What libc's functions on wide characters read and write on the program's behalf.
#include <cwchar>

#include "hooks/libc_access.h"

namespace tenter::hooks {

using record::Pc;
using std::size_t;

TENTER_NEXT(size_t, wcslen, (const wchar_t*))
TENTER_NEXT(size_t, wcsnlen, (const wchar_t*, size_t))

namespace {

constexpr size_t bytes_in(size_t characters) { return characters * sizeof(wchar_t); }

// How many characters up to the end of the text, which counts, or up to the limit.
size_t whole(const wchar_t* text) { return REAL(wcslen)(text) + 1; }
size_t whole_up_to(const wchar_t* text, size_t limit) {
  const size_t length = REAL(wcsnlen)(text, limit);
  return length < limit ? length + 1 : limit;
}

void told_wide(const wchar_t* text, Pc pc) {
  if (speaks_for_program(pc)) { library_read(text, bytes_in(whole(text)), pc); }
}
void told_wide_copy(wchar_t* to, const wchar_t* from, Pc pc) {
  if (speaks_for_program(pc)) { told_copy(to, from, bytes_in(whole(from)), pc); }
}
void told_wide_padded_copy(wchar_t* to, const wchar_t* from, size_t room, Pc pc) {
  if (speaks_for_program(pc)) {
    library_read(from, bytes_in(whole_up_to(from, room)), pc);
    library_write(to, bytes_in(room), pc);
  }
}
void told_wide_append(wchar_t* to, const wchar_t* from, size_t limit, Pc pc) {
  if (speaks_for_program(pc)) {
    const size_t length = REAL(wcslen)(to);
    library_read(to, bytes_in(length + 1), pc);
    library_read(from, bytes_in(whole_up_to(from, limit)), pc);
    library_write(to + length, bytes_in(REAL(wcsnlen)(from, limit) + 1), pc);
  }
}
void told_wide_compare(const wchar_t* left, const wchar_t* right, size_t limit, bool to_end, Pc pc) {
  if (speaks_for_program(pc)) {
    size_t seen = 0;
    while (seen < limit && left[seen] == right[seen] && !(to_end && left[seen] == L'\0')) { ++seen; }
    seen = seen < limit ? seen + 1 : limit;
    library_read(left, bytes_in(seen), pc);
    library_read(right, bytes_in(seen), pc);
  }
}
// To where a search found something; without that, all of `limit` characters.
void told_wide_search(const wchar_t* start, size_t limit, const wchar_t* found, Pc pc) {
  if (speaks_for_program(pc)) {
    library_read(start, bytes_in(found == nullptr ? limit : static_cast<size_t>(found - start) + 1), pc);
  }
}

}  // namespace

// ---- blocks ----------------------------------------------------------------------------------------------

#define TENTER_WIDE_COPY(function)                                                         \
  TENTER_INTERPOSE(wchar_t*, function, (wchar_t * to, const wchar_t* from, size_t size)) { \
    told_copy(to, from, bytes_in(size), TENTER_CALLER_PC());                               \
    return REAL(function)(to, from, size);                                                 \
  }
#define TENTER_WIDE_COPY_CHECKED(function)                                                              \
  TENTER_INTERPOSE(wchar_t*, function, (wchar_t * to, const wchar_t* from, size_t size, size_t room)) { \
    told_copy(to, from, bytes_in(size), TENTER_CALLER_PC());                                            \
    return REAL(function)(to, from, size, room);                                                        \
  }
TENTER_WIDE_COPY(wmemcpy)
TENTER_WIDE_COPY(wmemmove)
TENTER_WIDE_COPY(wmempcpy)
TENTER_WIDE_COPY_CHECKED(__wmemcpy_chk)
TENTER_WIDE_COPY_CHECKED(__wmemmove_chk)
TENTER_WIDE_COPY_CHECKED(__wmempcpy_chk)

TENTER_INTERPOSE(wchar_t*, wmemset, (wchar_t * to, wchar_t value, size_t size)) {
  told_write(to, bytes_in(size), TENTER_CALLER_PC());
  return REAL(wmemset)(to, value, size);
}
TENTER_INTERPOSE(wchar_t*, __wmemset_chk, (wchar_t * to, wchar_t value, size_t size, size_t room)) {
  told_write(to, bytes_in(size), TENTER_CALLER_PC());
  return REAL(__wmemset_chk)(to, value, size, room);
}
TENTER_INTERPOSE(int, wmemcmp, (const wchar_t* left, const wchar_t* right, size_t size)) {
  told_wide_compare(left, right, size, false, TENTER_CALLER_PC());
  return REAL(wmemcmp)(left, right, size);
}
TENTER_INTERPOSE(wchar_t*, wmemchr, (const wchar_t* start, wchar_t value, size_t size)) {
  wchar_t* found = REAL(wmemchr)(start, value, size);
  told_wide_search(start, size, found, TENTER_CALLER_PC());
  return found;
}

// ---- strings that are read -------------------------------------------------------------------------------

TENTER_INTERPOSE_KNOWN(size_t, wcslen, (const wchar_t* text)) {
  const size_t length = REAL(wcslen)(text);
  told_read(text, bytes_in(length + 1), TENTER_CALLER_PC());
  return length;
}
TENTER_INTERPOSE_KNOWN(size_t, wcsnlen, (const wchar_t* text, size_t limit)) {
  const size_t length = REAL(wcsnlen)(text, limit);
  told_read(text, bytes_in(length < limit ? length + 1 : limit), TENTER_CALLER_PC());
  return length;
}
TENTER_INTERPOSE(int, wcscmp, (const wchar_t* left, const wchar_t* right)) {
  told_wide_compare(left, right, SIZE_MAX, true, TENTER_CALLER_PC());
  return REAL(wcscmp)(left, right);
}
TENTER_INTERPOSE(int, wcsncmp, (const wchar_t* left, const wchar_t* right, size_t limit)) {
  told_wide_compare(left, right, limit, true, TENTER_CALLER_PC());
  return REAL(wcsncmp)(left, right, limit);
}
TENTER_INTERPOSE(wchar_t*, wcschr, (const wchar_t* text, wchar_t character)) {
  wchar_t* found = REAL(wcschr)(text, character);
  const Pc pc = TENTER_CALLER_PC();
  if (found == nullptr) {
    told_wide(text, pc);
  } else {
    told_wide_search(text, 0, found, pc);
  }
  return found;
}
TENTER_INTERPOSE(wchar_t*, wcsrchr, (const wchar_t* text, wchar_t character)) {
  told_wide(text, TENTER_CALLER_PC());
  return REAL(wcsrchr)(text, character);
}
TENTER_INTERPOSE(wchar_t*, wcsstr, (const wchar_t* text, const wchar_t* part)) {
  wchar_t* found = REAL(wcsstr)(text, part);
  const Pc pc = TENTER_CALLER_PC();
  if (speaks_for_program(pc)) {
    const size_t part_length = REAL(wcslen)(part);
    library_read(text, bytes_in(found == nullptr ? whole(text) : static_cast<size_t>(found - text) + part_length), pc);
    library_read(part, bytes_in(part_length + 1), pc);
  }
  return found;
}

// ---- strings that are written ----------------------------------------------------------------------------

#define TENTER_WIDE_STRING(function, told)                                    \
  TENTER_INTERPOSE(wchar_t*, function, (wchar_t * to, const wchar_t* from)) { \
    told(to, from, TENTER_CALLER_PC());                                       \
    return REAL(function)(to, from);                                          \
  }
#define TENTER_WIDE_STRING_CHECKED(function, told)                                         \
  TENTER_INTERPOSE(wchar_t*, function, (wchar_t * to, const wchar_t* from, size_t room)) { \
    told(to, from, TENTER_CALLER_PC());                                                    \
    return REAL(function)(to, from, room);                                                 \
  }
TENTER_WIDE_STRING(wcscpy, told_wide_copy)
TENTER_WIDE_STRING(wcpcpy, told_wide_copy)
TENTER_WIDE_STRING_CHECKED(__wcscpy_chk, told_wide_copy)
TENTER_WIDE_STRING_CHECKED(__wcpcpy_chk, told_wide_copy)

TENTER_INTERPOSE(wchar_t*, wcsncpy, (wchar_t * to, const wchar_t* from, size_t room)) {
  told_wide_padded_copy(to, from, room, TENTER_CALLER_PC());
  return REAL(wcsncpy)(to, from, room);
}
TENTER_INTERPOSE(wchar_t*, wcpncpy, (wchar_t * to, const wchar_t* from, size_t room)) {
  told_wide_padded_copy(to, from, room, TENTER_CALLER_PC());
  return REAL(wcpncpy)(to, from, room);
}
TENTER_INTERPOSE(wchar_t*, __wcsncpy_chk, (wchar_t * to, const wchar_t* from, size_t size, size_t room)) {
  told_wide_padded_copy(to, from, size, TENTER_CALLER_PC());
  return REAL(__wcsncpy_chk)(to, from, size, room);
}
TENTER_INTERPOSE(wchar_t*, wcscat, (wchar_t * to, const wchar_t* from)) {
  told_wide_append(to, from, SIZE_MAX, TENTER_CALLER_PC());
  return REAL(wcscat)(to, from);
}
TENTER_INTERPOSE(wchar_t*, __wcscat_chk, (wchar_t * to, const wchar_t* from, size_t room)) {
  told_wide_append(to, from, SIZE_MAX, TENTER_CALLER_PC());
  return REAL(__wcscat_chk)(to, from, room);
}
TENTER_INTERPOSE(wchar_t*, wcsncat, (wchar_t * to, const wchar_t* from, size_t limit)) {
  told_wide_append(to, from, limit, TENTER_CALLER_PC());
  return REAL(wcsncat)(to, from, limit);
}
TENTER_INTERPOSE(wchar_t*, __wcsncat_chk, (wchar_t * to, const wchar_t* from, size_t limit, size_t room)) {
  told_wide_append(to, from, limit, TENTER_CALLER_PC());
  return REAL(__wcsncat_chk)(to, from, limit, room);
}
TENTER_INTERPOSE(wchar_t*, wcsdup, (const wchar_t* text)) {
  wchar_t* copy = REAL(wcsdup)(text);
  if (copy != nullptr) { told_wide_copy(copy, text, TENTER_CALLER_PC()); }
  return copy;
}

// ---- to and from bytes -------------------------------------------------------------------------------------

namespace {

constexpr size_t bad = static_cast<size_t>(-1);

// `converted` characters were written, and an end where there was room for it.
size_t with_end(size_t converted, size_t room) { return converted < room ? converted + 1 : room; }

}  // namespace

TENTER_INTERPOSE(size_t, mbstowcs, (wchar_t * to, const char* from, size_t room)) {
  const size_t converted = REAL(mbstowcs)(to, from, room);
  const Pc pc = TENTER_CALLER_PC();
  if (converted != bad && to != nullptr) {
    told_string(from, pc);
    told_write(to, bytes_in(with_end(converted, room)), pc);
  }
  return converted;
}
TENTER_INTERPOSE(size_t, wcstombs, (char* to, const wchar_t* from, size_t room)) {
  const size_t converted = REAL(wcstombs)(to, from, room);
  const Pc pc = TENTER_CALLER_PC();
  if (converted != bad && to != nullptr) {
    told_wide(from, pc);
    told_write(to, with_end(converted, room), pc);
  }
  return converted;
}

// Those that can be gone on with: `from` is moved to where they stopped, null at the end.
TENTER_INTERPOSE(size_t, mbsrtowcs, (wchar_t * to, const char** from, size_t room, mbstate_t* state)) {
  const char* const start = *from;
  const size_t converted = REAL(mbsrtowcs)(to, from, room, state);
  const Pc pc = TENTER_CALLER_PC();
  if (converted != bad && to != nullptr) {
    told_read(start, *from == nullptr ? length_of(start) + 1 : static_cast<size_t>(*from - start), pc);
    told_write(to, bytes_in(with_end(converted, room)), pc);
    told_result(from, true, pc);
  }
  return converted;
}
TENTER_INTERPOSE(size_t, wcsrtombs, (char* to, const wchar_t** from, size_t room, mbstate_t* state)) {
  const wchar_t* const start = *from;
  const size_t converted = REAL(wcsrtombs)(to, from, room, state);
  const Pc pc = TENTER_CALLER_PC();
  if (converted != bad && to != nullptr) {
    told_read(start, bytes_in(*from == nullptr ? whole(start) : static_cast<size_t>(*from - start)), pc);
    told_write(to, with_end(converted, room), pc);
    told_result(from, true, pc);
  }
  return converted;
}

}  // namespace tenter::hooks
