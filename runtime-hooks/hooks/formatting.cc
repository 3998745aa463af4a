// printf and scanf: the text that they make, and what their arguments point to.
//
// The format says where strings are read and results written. Arguments by position (%2$s) are not followed.
#include <cstdarg>
#include <cstdio>
#include <cwchar>

#include "hooks/libc_access.h"
#include "hooks/streams.h"

namespace tenter::hooks {

using record::Pc;
using std::size_t;

namespace {

// ---- reading a format ------------------------------------------------------------------------------------

enum class Length : std::uint8_t { none, hh, h, l, ll, j, z, t, L };

struct Conversion {
  char kind = 0;  // 0: the format ends here, or goes on in a way that is not followed
  Length length = Length::none;
  bool suppressed = false;  // scanf: %*d
  bool allocates = false;   // scanf: %ms
  bool star_width = false;  // printf: %*d
  bool star_precision = false;
  bool has_precision = false;
  size_t width = 0;
  size_t precision = 0;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

size_t number_at(const char*& at) {
  size_t number = 0;
  while (is_digit(*at)) { number = number * 10 + static_cast<size_t>(*at++ - '0'); }
  return number;
}

Length length_at(const char*& at) {
  switch (*at) {
    case 'h':
      if (*++at != 'h') { return Length::h; }
      ++at;
      return Length::hh;
    case 'l':
      if (*++at != 'l') { return Length::l; }
      ++at;
      return Length::ll;
    case 'q': ++at; return Length::ll;
    case 'j': ++at; return Length::j;
    case 'z':
    case 'Z': ++at; return Length::z;
    case 't': ++at; return Length::t;
    case 'L': ++at; return Length::L;
    default: return Length::none;
  }
}

// To the next '%' that stands for something; false at the end.
bool find_conversion(const char*& at) {
  for (; *at != '\0'; ++at) {
    if (*at == '%' && *++at != '%') { return *at != '\0'; }
    if (*at == '\0') { return false; }
  }
  return false;
}

Conversion next_for_printf(const char*& at) {
  Conversion found;
  if (!find_conversion(at)) { return found; }
  while (*at == '-' || *at == '+' || *at == ' ' || *at == '#' || *at == '0' || *at == '\'' || *at == 'I') { ++at; }
  if (*at == '*') {
    found.star_width = true;
    ++at;
  }
  number_at(at);
  if (*at == '.') {
    ++at;
    found.has_precision = true;
    if (*at == '*') {
      found.star_precision = true;
      ++at;
    } else {
      found.precision = number_at(at);
    }
  }
  found.length = length_at(at);
  if (*at != '\0' && *at != '$') { found.kind = *at++; }
  return found;
}

Conversion next_for_scanf(const char*& at) {
  Conversion found;
  if (!find_conversion(at)) { return found; }
  for (; *at == '*' || *at == '\'' || *at == 'I'; ++at) { found.suppressed |= *at == '*'; }
  found.width = number_at(at);
  if (*at == 'm') {
    found.allocates = true;
    ++at;
  }
  found.length = length_at(at);
  if (*at == '\0' || *at == '$') { return found; }
  found.kind = *at++;
  if (found.kind == '[') {  // up to the bracket that ends the set; one that comes first is a member of it
    if (*at == '^') { ++at; }
    if (*at == ']') { ++at; }
    while (*at != '\0' && *at != ']') { ++at; }
    if (*at == ']') { ++at; }
  }
  return found;
}

// ---- what arguments point to -------------------------------------------------------------------------------

size_t size_of_integer(Length length) {
  switch (length) {
    case Length::hh: return 1;
    case Length::h: return sizeof(short);
    case Length::none: return sizeof(int);
    default: return sizeof(long);
  }
}

bool is_integer(char kind) {
  return kind == 'd' || kind == 'i' || kind == 'o' || kind == 'u' || kind == 'x' || kind == 'X';
}
bool is_real(char kind) {
  const char lower = kind >= 'A' && kind <= 'Z' ? static_cast<char>(kind - 'A' + 'a') : kind;
  return lower == 'a' || lower == 'e' || lower == 'f' || lower == 'g';
}

size_t wide_bytes(const wchar_t* text, size_t limit) {
  size_t length = 0;
  while (length < limit && text[length] != L'\0') { ++length; }
  return (length < limit ? length + 1 : length) * sizeof(wchar_t);
}
size_t bytes(const char* text, size_t limit) {
  const size_t length = length_up_to(text, limit);
  return length < limit ? length + 1 : length;
}

void told_printed(const char* format, std::va_list original, Pc pc) {
  if (!speaks_for_program(pc)) { return; }
  std::va_list arguments;
  va_copy(arguments, original);
  for (const char* at = format;;) {
    const Conversion found = next_for_printf(at);
    if (found.kind == 0) { break; }
    if (found.star_width) { va_arg(arguments, int); }
    size_t limit = found.has_precision ? found.precision : SIZE_MAX;
    if (found.star_precision) {
      const int precision = va_arg(arguments, int);
      limit = precision < 0 ? SIZE_MAX : static_cast<size_t>(precision);
    }
    if (is_integer(found.kind) || found.kind == 'c' || found.kind == 'C') {
      if (size_of_integer(found.length) > sizeof(int)) {
        va_arg(arguments, long);
      } else {
        va_arg(arguments, int);
      }
    } else if (is_real(found.kind)) {
      if (found.length == Length::L) {
        va_arg(arguments, long double);
      } else {
        va_arg(arguments, double);
      }
    } else if (found.kind == 'S' || (found.kind == 's' && found.length == Length::l)) {
      const auto* text = va_arg(arguments, const wchar_t*);
      // The precision counts bytes of what is printed, so it says little about how far this is read.
      if (text != nullptr && limit == SIZE_MAX) { library_read(text, wide_bytes(text, SIZE_MAX), pc); }
    } else if (found.kind == 's') {
      const auto* text = va_arg(arguments, const char*);
      if (text != nullptr) { library_read(text, bytes(text, limit), pc); }
    } else if (found.kind == 'n') {
      library_write(va_arg(arguments, void*), size_of_integer(found.length), pc);
    } else if (found.kind == 'p') {
      va_arg(arguments, void*);
    } else if (found.kind != 'm') {
      break;
    }
  }
  va_end(arguments);
}

// `assigned`: as scanf returned it.
void told_scanned(const char* format, std::va_list original, int assigned, Pc pc) {
  if (assigned <= 0 || !speaks_for_program(pc)) { return; }
  std::va_list arguments;
  va_copy(arguments, original);
  for (const char* at = format; assigned > 0;) {
    const Conversion found = next_for_scanf(at);
    if (found.kind == 0) { break; }
    if (found.suppressed) { continue; }
    void* to = va_arg(arguments, void*);
    if (found.kind != 'n') { --assigned; }
    const bool wide = found.length == Length::l || found.kind == 'S' || found.kind == 'C';
    size_t size = 0;
    if (found.allocates) {
      size = sizeof(void*);
    } else if (is_integer(found.kind) || found.kind == 'n') {
      size = size_of_integer(found.length);
    } else if (is_real(found.kind)) {
      size = found.length == Length::L   ? sizeof(long double)
             : found.length == Length::l ? sizeof(double)
                                         : sizeof(float);
    } else if (found.kind == 's' || found.kind == 'S' || found.kind == '[') {
      size =
          wide ? wide_bytes(static_cast<const wchar_t*>(to), SIZE_MAX) : bytes(static_cast<const char*>(to), SIZE_MAX);
    } else if (found.kind == 'c' || found.kind == 'C') {
      size = (found.width == 0 ? 1 : found.width) * (wide ? sizeof(wchar_t) : 1);
    } else if (found.kind == 'p') {
      size = sizeof(void*);
    } else {
      break;
    }
    library_write(to, size, pc);
  }
  va_end(arguments);
}

// `length`: as the formatting function returned it, of the whole text, were there room.
int told_text(char* to, size_t room, int length, Pc pc) {
  if (length >= 0 && room != 0) {
    const size_t whole = static_cast<size_t>(length) + 1;
    told_write(to, whole < room ? whole : room, pc);
  }
  return length;
}

int told_new_text(char** to, int length, Pc pc) {
  if (length >= 0) {
    told_result(to, true, pc);
    told_new_string(*to, pc);
  }
  return length;
}

}  // namespace

// Each function comes with its arguments behind it, and as a list of them: the body is that of the latter.
#define TENTER_FORMATS(function, list_function, last, parameters, call_arguments) \
  TENTER_HOOK int hook_##function parameters __asm__(#function);                  \
  int hook_##function parameters {                                                \
    const Pc pc = TENTER_CALLER_PC();                                             \
    std::va_list arguments;                                                       \
    va_start(arguments, last);                                                    \
    const int result = told_##list_function call_arguments;                       \
    va_end(arguments);                                                            \
    return result;                                                                \
  }
#define TENTER_FORMATS_LIST(function, parameters, call_arguments) \
  TENTER_INTERPOSE_KNOWN(int, function, parameters) {             \
    const Pc pc = TENTER_CALLER_PC();                             \
    return told_##function call_arguments;                        \
  }

TENTER_NEXT(int, vfprintf, (FILE*, const char*, std::va_list))
TENTER_NEXT(int, __vfprintf_chk, (FILE*, int, const char*, std::va_list))
TENTER_NEXT(int, vdprintf, (int, const char*, std::va_list))
TENTER_NEXT(int, __vdprintf_chk, (int, int, const char*, std::va_list))
TENTER_NEXT(int, vsnprintf, (char*, size_t, const char*, std::va_list))
TENTER_NEXT(int, __vsnprintf_chk, (char*, size_t, int, size_t, const char*, std::va_list))
TENTER_NEXT(int, vsprintf, (char*, const char*, std::va_list))
TENTER_NEXT(int, __vsprintf_chk, (char*, int, size_t, const char*, std::va_list))
TENTER_NEXT(int, vasprintf, (char**, const char*, std::va_list))
TENTER_NEXT(int, __vasprintf_chk, (char**, int, const char*, std::va_list))
TENTER_NEXT(int, vfscanf, (FILE*, const char*, std::va_list))
TENTER_NEXT(int, __isoc99_vfscanf, (FILE*, const char*, std::va_list))
TENTER_NEXT(int, vsscanf, (const char*, const char*, std::va_list))
TENTER_NEXT(int, __isoc99_vsscanf, (const char*, const char*, std::va_list))

namespace {

int told_vfprintf(FILE* file, const char* format, std::va_list arguments, Pc pc) {
  told_printed(format, arguments, pc);
  sends_into(file, pc);
  return REAL(vfprintf)(file, format, arguments);
}
int told___vfprintf_chk(FILE* file, int flag, const char* format, std::va_list arguments, Pc pc) {
  told_printed(format, arguments, pc);
  sends_into(file, pc);
  return REAL(__vfprintf_chk)(file, flag, format, arguments);
}
int told_vdprintf(int fd, const char* format, std::va_list arguments, Pc pc) {
  told_printed(format, arguments, pc);
  releases(fd, pc);
  return REAL(vdprintf)(fd, format, arguments);
}
int told___vdprintf_chk(int fd, int flag, const char* format, std::va_list arguments, Pc pc) {
  told_printed(format, arguments, pc);
  releases(fd, pc);
  return REAL(__vdprintf_chk)(fd, flag, format, arguments);
}
int told_vsnprintf(char* to, size_t room, const char* format, std::va_list arguments, Pc pc) {
  told_printed(format, arguments, pc);
  return told_text(to, room, REAL(vsnprintf)(to, room, format, arguments), pc);
}
int told___vsnprintf_chk(char* to, size_t room, int flag, size_t known, const char* format, std::va_list arguments,
                         Pc pc) {
  told_printed(format, arguments, pc);
  return told_text(to, room, REAL(__vsnprintf_chk)(to, room, flag, known, format, arguments), pc);
}
int told_vsprintf(char* to, const char* format, std::va_list arguments, Pc pc) {
  told_printed(format, arguments, pc);
  return told_text(to, SIZE_MAX, REAL(vsprintf)(to, format, arguments), pc);
}
int told___vsprintf_chk(char* to, int flag, size_t known, const char* format, std::va_list arguments, Pc pc) {
  told_printed(format, arguments, pc);
  return told_text(to, SIZE_MAX, REAL(__vsprintf_chk)(to, flag, known, format, arguments), pc);
}
int told_vasprintf(char** to, const char* format, std::va_list arguments, Pc pc) {
  told_printed(format, arguments, pc);
  return told_new_text(to, REAL(vasprintf)(to, format, arguments), pc);
}
int told___vasprintf_chk(char** to, int flag, const char* format, std::va_list arguments, Pc pc) {
  told_printed(format, arguments, pc);
  return told_new_text(to, REAL(__vasprintf_chk)(to, flag, format, arguments), pc);
}

// The real functions take what they want from the list, so they get one of their own.
template <class Scan>
int told_scan(Scan scan, const char* format, std::va_list arguments, Pc pc) {
  std::va_list own;
  va_copy(own, arguments);
  const int assigned = scan(own);
  va_end(own);
  told_scanned(format, arguments, assigned, pc);
  return assigned;
}
int told_vfscanf(FILE* file, const char* format, std::va_list arguments, Pc pc) {
  const auto scan = [&](std::va_list own) { return REAL(vfscanf)(file, format, own); };
  const int assigned = told_scan(scan, format, arguments, pc);
  receives_from(file, pc);
  return assigned;
}
int told___isoc99_vfscanf(FILE* file, const char* format, std::va_list arguments, Pc pc) {
  const auto scan = [&](std::va_list own) { return REAL(__isoc99_vfscanf)(file, format, own); };
  const int assigned = told_scan(scan, format, arguments, pc);
  receives_from(file, pc);
  return assigned;
}
int told_vsscanf(const char* text, const char* format, std::va_list arguments, Pc pc) {
  told_string(text, pc);
  return told_scan([&](std::va_list own) { return REAL(vsscanf)(text, format, own); }, format, arguments, pc);
}
int told___isoc99_vsscanf(const char* text, const char* format, std::va_list arguments, Pc pc) {
  told_string(text, pc);
  return told_scan([&](std::va_list own) { return REAL(__isoc99_vsscanf)(text, format, own); }, format, arguments, pc);
}

}  // namespace

// ---- printf ----------------------------------------------------------------------------------------------

TENTER_FORMATS_LIST(vfprintf, (FILE * file, const char* format, std::va_list arguments), (file, format, arguments, pc))
TENTER_FORMATS_LIST(__vfprintf_chk, (FILE * file, int flag, const char* format, std::va_list arguments),
                    (file, flag, format, arguments, pc))
TENTER_FORMATS_LIST(vdprintf, (int fd, const char* format, std::va_list arguments), (fd, format, arguments, pc))
TENTER_FORMATS_LIST(__vdprintf_chk, (int fd, int flag, const char* format, std::va_list arguments),
                    (fd, flag, format, arguments, pc))
TENTER_FORMATS_LIST(vsnprintf, (char* to, size_t room, const char* format, std::va_list arguments),
                    (to, room, format, arguments, pc))
TENTER_FORMATS_LIST(__vsnprintf_chk,
                    (char* to, size_t room, int flag, size_t known, const char* format, std::va_list arguments),
                    (to, room, flag, known, format, arguments, pc))
TENTER_FORMATS_LIST(vsprintf, (char* to, const char* format, std::va_list arguments), (to, format, arguments, pc))
TENTER_FORMATS_LIST(__vsprintf_chk, (char* to, int flag, size_t known, const char* format, std::va_list arguments),
                    (to, flag, known, format, arguments, pc))
TENTER_FORMATS_LIST(vasprintf, (char** to, const char* format, std::va_list arguments), (to, format, arguments, pc))
TENTER_FORMATS_LIST(__vasprintf_chk, (char** to, int flag, const char* format, std::va_list arguments),
                    (to, flag, format, arguments, pc))

TENTER_HOOK int hook_vprintf(const char* format, std::va_list arguments) __asm__("vprintf");
int hook_vprintf(const char* format, std::va_list arguments) {
  return told_vfprintf(stdout, format, arguments, TENTER_CALLER_PC());
}
TENTER_HOOK int hook_vprintf_chk(int flag, const char* format, std::va_list arguments) __asm__("__vprintf_chk");
int hook_vprintf_chk(int flag, const char* format, std::va_list arguments) {
  return told___vfprintf_chk(stdout, flag, format, arguments, TENTER_CALLER_PC());
}

TENTER_FORMATS(printf, vfprintf, format, (const char* format, ...), (stdout, format, arguments, pc))
TENTER_FORMATS(__printf_chk, __vfprintf_chk, format, (int flag, const char* format, ...),
               (stdout, flag, format, arguments, pc))
TENTER_FORMATS(fprintf, vfprintf, format, (FILE * file, const char* format, ...), (file, format, arguments, pc))
TENTER_FORMATS(__fprintf_chk, __vfprintf_chk, format, (FILE * file, int flag, const char* format, ...),
               (file, flag, format, arguments, pc))
TENTER_FORMATS(dprintf, vdprintf, format, (int fd, const char* format, ...), (fd, format, arguments, pc))
TENTER_FORMATS(__dprintf_chk, __vdprintf_chk, format, (int fd, int flag, const char* format, ...),
               (fd, flag, format, arguments, pc))
TENTER_FORMATS(snprintf, vsnprintf, format, (char* to, size_t room, const char* format, ...),
               (to, room, format, arguments, pc))
TENTER_FORMATS(__snprintf_chk, __vsnprintf_chk, format,
               (char* to, size_t room, int flag, size_t known, const char* format, ...),
               (to, room, flag, known, format, arguments, pc))
TENTER_FORMATS(sprintf, vsprintf, format, (char* to, const char* format, ...), (to, format, arguments, pc))
TENTER_FORMATS(__sprintf_chk, __vsprintf_chk, format, (char* to, int flag, size_t known, const char* format, ...),
               (to, flag, known, format, arguments, pc))
TENTER_FORMATS(asprintf, vasprintf, format, (char** to, const char* format, ...), (to, format, arguments, pc))
TENTER_FORMATS(__asprintf_chk, __vasprintf_chk, format, (char** to, int flag, const char* format, ...),
               (to, flag, format, arguments, pc))

// ---- scanf -----------------------------------------------------------------------------------------------

TENTER_FORMATS_LIST(vfscanf, (FILE * file, const char* format, std::va_list arguments), (file, format, arguments, pc))
TENTER_FORMATS_LIST(__isoc99_vfscanf, (FILE * file, const char* format, std::va_list arguments),
                    (file, format, arguments, pc))
TENTER_FORMATS_LIST(vsscanf, (const char* text, const char* format, std::va_list arguments),
                    (text, format, arguments, pc))
TENTER_FORMATS_LIST(__isoc99_vsscanf, (const char* text, const char* format, std::va_list arguments),
                    (text, format, arguments, pc))
TENTER_FORMATS(scanf, vfscanf, format, (const char* format, ...), (stdin, format, arguments, pc))
TENTER_FORMATS(__isoc99_scanf, __isoc99_vfscanf, format, (const char* format, ...), (stdin, format, arguments, pc))
TENTER_FORMATS(fscanf, vfscanf, format, (FILE * file, const char* format, ...), (file, format, arguments, pc))
TENTER_FORMATS(__isoc99_fscanf, __isoc99_vfscanf, format, (FILE * file, const char* format, ...),
               (file, format, arguments, pc))
TENTER_FORMATS(sscanf, vsscanf, format, (const char* text, const char* format, ...), (text, format, arguments, pc))
TENTER_FORMATS(__isoc99_sscanf, __isoc99_vsscanf, format, (const char* text, const char* format, ...),
               (text, format, arguments, pc))

}  // namespace tenter::hooks
