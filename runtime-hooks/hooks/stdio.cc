// Buffers that the program hands to stdio, and strings that it has formatted.
//
// The order between threads that use one FILE is not told: its lock is inside libc.
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "hooks/interpose.h"

namespace tenter::hooks {

using record::Pc;
using std::size_t;

namespace {

void told_string_read(const char* text, Pc pc) {
  if (speaks_for_program(pc)) { library_read(text, std::strlen(text) + 1, pc); }
}

char* told_line(char* line, Pc pc) {
  if (line != nullptr && speaks_for_program(pc)) { library_write(line, std::strlen(line) + 1, pc); }
  return line;
}

// `length`: as the formatting function returned it, of the whole text, were there room.
int told_text(const char* to, size_t room, int length, Pc pc) {
  if (length >= 0 && room != 0 && speaks_for_program(pc)) {
    const size_t whole = static_cast<size_t>(length) + 1;
    library_write(to, whole < room ? whole : room, pc);
  }
  return length;
}

}  // namespace

// ---- files ---------------------------------------------------------------------------------------------

TENTER_INTERPOSE(size_t, fread, (void* to, size_t size, size_t count, FILE* file)) {
  const size_t done = REAL(fread)(to, size, count, file);
  const Pc pc = TENTER_CALLER_PC();
  if (speaks_for_program(pc)) { library_write(to, size * done, pc); }
  return done;
}
TENTER_INTERPOSE(size_t, __fread_chk, (void* to, size_t room, size_t size, size_t count, FILE* file)) {
  const size_t done = REAL(__fread_chk)(to, room, size, count, file);
  const Pc pc = TENTER_CALLER_PC();
  if (speaks_for_program(pc)) { library_write(to, size * done, pc); }
  return done;
}
TENTER_INTERPOSE(size_t, fwrite, (const void* from, size_t size, size_t count, FILE* file)) {
  const Pc pc = TENTER_CALLER_PC();
  if (speaks_for_program(pc)) { library_read(from, size * count, pc); }
  return REAL(fwrite)(from, size, count, file);
}
TENTER_INTERPOSE(char*, fgets, (char* line, int room, FILE* file)) {
  return told_line(REAL(fgets)(line, room, file), TENTER_CALLER_PC());
}
TENTER_INTERPOSE(char*, __fgets_chk, (char* line, size_t room, int wanted, FILE* file)) {
  return told_line(REAL(__fgets_chk)(line, room, wanted, file), TENTER_CALLER_PC());
}
TENTER_INTERPOSE(int, fputs, (const char* text, FILE* file)) {
  told_string_read(text, TENTER_CALLER_PC());
  return REAL(fputs)(text, file);
}
TENTER_INTERPOSE(int, puts, (const char* text)) {
  told_string_read(text, TENTER_CALLER_PC());
  return REAL(puts)(text);
}

// ---- formatting ----------------------------------------------------------------------------------------

TENTER_INTERPOSE(int, vsnprintf, (char* to, size_t room, const char* format, std::va_list arguments)) {
  return told_text(to, room, REAL(vsnprintf)(to, room, format, arguments), TENTER_CALLER_PC());
}
TENTER_INTERPOSE(int, vsprintf, (char* to, const char* format, std::va_list arguments)) {
  return told_text(to, SIZE_MAX, REAL(vsprintf)(to, format, arguments), TENTER_CALLER_PC());
}
TENTER_INTERPOSE(int, __vsnprintf_chk,
                 (char* to, size_t room, int flag, size_t known, const char* format, std::va_list arguments)) {
  return told_text(to, room, REAL(__vsnprintf_chk)(to, room, flag, known, format, arguments), TENTER_CALLER_PC());
}
TENTER_INTERPOSE(int, __vsprintf_chk, (char* to, int flag, size_t known, const char* format, std::va_list arguments)) {
  return told_text(to, SIZE_MAX, REAL(__vsprintf_chk)(to, flag, known, format, arguments), TENTER_CALLER_PC());
}

TENTER_HOOK int hook_snprintf(char* to, size_t room, const char* format, ...) __asm__("snprintf");
int hook_snprintf(char* to, size_t room, const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  const int length = REAL(vsnprintf)(to, room, format, arguments);
  va_end(arguments);
  return told_text(to, room, length, TENTER_CALLER_PC());
}
TENTER_HOOK int hook_sprintf(char* to, const char* format, ...) __asm__("sprintf");
int hook_sprintf(char* to, const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  const int length = REAL(vsprintf)(to, format, arguments);
  va_end(arguments);
  return told_text(to, SIZE_MAX, length, TENTER_CALLER_PC());
}
TENTER_HOOK int hook_snprintf_chk(char* to, size_t room, int flag, size_t known, const char* format,
                                  ...) __asm__("__snprintf_chk");
int hook_snprintf_chk(char* to, size_t room, int flag, size_t known, const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  const int length = REAL(__vsnprintf_chk)(to, room, flag, known, format, arguments);
  va_end(arguments);
  return told_text(to, room, length, TENTER_CALLER_PC());
}
TENTER_HOOK int hook_sprintf_chk(char* to, int flag, size_t known, const char* format, ...) __asm__("__sprintf_chk");
int hook_sprintf_chk(char* to, int flag, size_t known, const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  const int length = REAL(__vsprintf_chk)(to, flag, known, format, arguments);
  va_end(arguments);
  return told_text(to, SIZE_MAX, length, TENTER_CALLER_PC());
}

}  // namespace tenter::hooks
