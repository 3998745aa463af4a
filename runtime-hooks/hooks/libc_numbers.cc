// Numbers that libc reads from text: as far as they go, and the character behind.
#include <cstdlib>
#include <cwchar>

#include "hooks/libc_access.h"

namespace tenter::hooks {

using record::Pc;

namespace {

template <class Character>
void told_number(const Character* text, Character* end, Character** asked, Pc pc) {
  told_read(text, (static_cast<std::size_t>(end - text) + 1) * sizeof(Character), pc);
  if (asked != nullptr) {
    *asked = end;
    told_result(asked, true, pc);
  }
}

}  // namespace

#define TENTER_INTEGER(type, function, character)                                        \
  TENTER_INTERPOSE(type, function, (const character* text, character** end, int base)) { \
    character* own_end = nullptr;                                                        \
    const type value = REAL(function)(text, &own_end, base);                             \
    if (own_end != nullptr) { told_number(text, own_end, end, TENTER_CALLER_PC()); }     \
    return value;                                                                        \
  }
TENTER_INTEGER(long, strtol, char)
TENTER_INTEGER(unsigned long, strtoul, char)
TENTER_INTEGER(long long, strtoll, char)
TENTER_INTEGER(unsigned long long, strtoull, char)
TENTER_INTEGER(std::intmax_t, strtoimax, char)
TENTER_INTEGER(std::uintmax_t, strtoumax, char)
TENTER_INTEGER(long, wcstol, wchar_t)
TENTER_INTEGER(unsigned long, wcstoul, wchar_t)
TENTER_INTEGER(long long, wcstoll, wchar_t)
TENTER_INTEGER(unsigned long long, wcstoull, wchar_t)

#define TENTER_REAL_NUMBER(type, function, character)                          \
  TENTER_INTERPOSE(type, function, (const character* text, character** end)) { \
    character* own_end = nullptr;                                              \
    const type value = REAL(function)(text, &own_end);                         \
    told_number(text, own_end, end, TENTER_CALLER_PC());                       \
    return value;                                                              \
  }
TENTER_REAL_NUMBER(double, strtod, char)
TENTER_REAL_NUMBER(float, strtof, char)
TENTER_REAL_NUMBER(long double, strtold, char)
TENTER_REAL_NUMBER(double, wcstod, wchar_t)
TENTER_REAL_NUMBER(float, wcstof, wchar_t)
TENTER_REAL_NUMBER(long double, wcstold, wchar_t)

// The standard defines these by those above.
#define TENTER_NUMBER_WITHOUT_END(type, function, call)                  \
  TENTER_HOOK type hook_##function(const char* text) __asm__(#function); \
  type hook_##function(const char* text) {                               \
    char* end = nullptr;                                                 \
    const auto value = static_cast<type>(call);                          \
    told_number<char>(text, end, nullptr, TENTER_CALLER_PC());           \
    return value;                                                        \
  }
TENTER_NUMBER_WITHOUT_END(int, atoi, REAL(strtol)(text, &end, 10))
TENTER_NUMBER_WITHOUT_END(long, atol, REAL(strtol)(text, &end, 10))
TENTER_NUMBER_WITHOUT_END(long long, atoll, REAL(strtoll)(text, &end, 10))
TENTER_NUMBER_WITHOUT_END(double, atof, REAL(strtod)(text, &end))

}  // namespace tenter::hooks
