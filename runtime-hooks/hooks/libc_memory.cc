// What libc's functions on blocks of memory read and write on the program's behalf. Compilers hand copies over to
// them, and a race on a copied object is seen nowhere else.
//
// A range that a function gives up early on (memcmp, memchr) is told as far as it had to look, not as far as it was
// allowed to.
//
// These functions are called from everywhere, at any time. Until the real ones are found, which takes dlsym and is done
// before main, the simplest ones are done by hand.
#include <cstdlib>
#include <cstring>

#include "hooks/libc_access.h"

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

}  // namespace

TENTER_NEXT(size_t, strlen, (const char*))
TENTER_NEXT(size_t, strnlen, (const char*, size_t))

size_t length_of(const char* text) {
  const auto real = REAL(strlen);
  return real == nullptr ? length_by_hand(text) : real(text);
}
size_t length_up_to(const char* text, size_t limit) { return REAL(strnlen)(text, limit); }

namespace {

void told_compare(const void* left, const void* right, size_t size, Pc pc) {
  if (speaks_for_program(pc)) {
    const size_t at = first_difference(left, right, size);
    const size_t seen = at < size ? at + 1 : size;
    library_read(left, seen, pc);
    library_read(right, seen, pc);
  }
}

}  // namespace

// ---- blocks of memory ----------------------------------------------------------------------------------

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
  told_write(to, size, TENTER_CALLER_PC());
  const auto real = REAL(memset);
  return real == nullptr ? set_by_hand(to, value, size) : real(to, value, size);
}
TENTER_INTERPOSE(void, explicit_bzero, (void* to, size_t size)) {
  told_write(to, size, TENTER_CALLER_PC());
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
TENTER_INTERPOSE(void, bcopy, (const void* from, void* to, size_t size)) {
  told_copy(to, from, size, TENTER_CALLER_PC());
  REAL(bcopy)(from, to, size);
}
TENTER_INTERPOSE(void, bzero, (void* to, size_t size)) {
  told_write(to, size, TENTER_CALLER_PC());
  REAL(bzero)(to, size);
}
TENTER_INTERPOSE(void*, memccpy, (void* to, const void* from, int last, size_t size)) {
  void* behind = REAL(memccpy)(to, from, last, size);
  const size_t copied =
      behind == nullptr ? size : static_cast<size_t>(static_cast<char*>(behind) - static_cast<char*>(to));
  told_copy(to, from, copied, TENTER_CALLER_PC());
  return behind;
}
TENTER_INTERPOSE(void, swab, (const void* from, void* to, ssize_t size)) {
  if (size > 1) { told_copy(to, from, static_cast<size_t>(size) & ~size_t{1}, TENTER_CALLER_PC()); }
  REAL(swab)(from, to, size);
}

// ---- strings whose length is asked for -----------------------------------------------------------------

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
  told_write(to, size, TENTER_CALLER_PC());
  return REAL(__memset_chk)(to, value, size, room);
}
TENTER_INTERPOSE(void, __explicit_bzero_chk, (void* to, size_t size, size_t room)) {
  told_write(to, size, TENTER_CALLER_PC());
  REAL(__explicit_bzero_chk)(to, size, room);
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
