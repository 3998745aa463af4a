// Numbers that libc reads from text: as far as they go, and the character behind.
#include <cstdlib>

#include "hooks/libc_access.h"

namespace tenter::hooks {

using record::Pc;

namespace {

void told_number(const char* text, char* end, char** asked, Pc pc) {
  told_read(text, static_cast<std::size_t>(end - text) + 1, pc);
  if (asked != nullptr) {
    *asked = end;
    told_result(asked, true, pc);
  }
}

}  // namespace

#define TENTER_INTEGER(type, function)                                               \
  TENTER_INTERPOSE(type, function, (const char* text, char** end, int base)) {       \
    char* own_end = nullptr;                                                         \
    const type value = REAL(function)(text, &own_end, base);                         \
    if (own_end != nullptr) { told_number(text, own_end, end, TENTER_CALLER_PC()); } \
    return value;                                                                    \
  }
TENTER_INTEGER(long, strtol)
TENTER_INTEGER(unsigned long, strtoul)
TENTER_INTEGER(long long, strtoll)
TENTER_INTEGER(unsigned long long, strtoull)
TENTER_INTEGER(std::intmax_t, strtoimax)
TENTER_INTEGER(std::uintmax_t, strtoumax)

#define TENTER_REAL_NUMBER(type, function)                           \
  TENTER_INTERPOSE(type, function, (const char* text, char** end)) { \
    char* own_end = nullptr;                                         \
    const type value = REAL(function)(text, &own_end);               \
    told_number(text, own_end, end, TENTER_CALLER_PC());             \
    return value;                                                    \
  }
TENTER_REAL_NUMBER(double, strtod)
TENTER_REAL_NUMBER(float, strtof)
TENTER_REAL_NUMBER(long double, strtold)

// The standard defines these by those above.
#define TENTER_NUMBER_WITHOUT_END(type, function, call)                  \
  TENTER_HOOK type hook_##function(const char* text) __asm__(#function); \
  type hook_##function(const char* text) {                               \
    char* end = nullptr;                                                 \
    const auto value = static_cast<type>(call);                          \
    told_number(text, end, nullptr, TENTER_CALLER_PC());                 \
    return value;                                                        \
  }
TENTER_NUMBER_WITHOUT_END(int, atoi, REAL(strtol)(text, &end, 10))
TENTER_NUMBER_WITHOUT_END(long, atol, REAL(strtol)(text, &end, 10))
TENTER_NUMBER_WITHOUT_END(long long, atoll, REAL(strtoll)(text, &end, 10))
TENTER_NUMBER_WITHOUT_END(double, atof, REAL(strtod)(text, &end))

}  // namespace tenter::hooks
