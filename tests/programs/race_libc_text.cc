// libc's functions on memory, text and formats: one thread calls, the other touches what they work on.
// each: data-race object=in_memcpy,in_memmove,in_mempcpy,in_memset,in_explicit_bzero,in_bzero,in_bcopy,in_bcmp
// each: data-race object=in_memcmp,in_memchr,in_memrchr,in_memmem,in_rawmemchr,in_memccpy,in_swab,in_qsort
// each: data-race object=in_qsort_r,in_strlen,in_strnlen,in_strcmp,in_strncmp,in_strcasecmp,in_strncasecmp
// each: data-race object=in_strcoll,in_strverscmp,in_strxfrm,in_strcpy,in_stpcpy,in_strncpy,in_stpncpy,in_strcat
// each: data-race object=in_strncat,in_strchr,in_strchrnul,in_strrchr,in_index,in_rindex,in_strstr,in_strcasestr
// each: data-race object=in_strspn,in_strcspn,in_strpbrk,in_strdup,in_strndup,in_strtok_r,in_strsep,in_atoi
// each: data-race object=in_atol,in_atoll,in_atof,in_strtol,in_strtoul,in_strtoll,in_strtoull,in_strtod,in_strtof
// each: data-race object=in_strtold,in_strtoimax,in_snprintf,in_sprintf,in_printf_string,in_printf_precision
// each: data-race object=in_asprintf,in_fprintf,in_dprintf,in_sscanf_text,in_sscanf_string,in_sscanf_set
// each: data-race object=in_sscanf_characters,in_sscanf_real,in_sscanf_count,in_wcslen,in_wcsnlen,in_wcscpy
// each: data-race object=in_wcpcpy,in_wcsncpy,in_wcscat,in_wcsncat,in_wcscmp,in_wcsncmp,in_wcschr,in_wcsrchr
// each: data-race object=in_wcsstr,in_wcsdup,in_wmemcpy,in_wmemmove,in_wmempcpy,in_wmemset,in_wmemcmp,in_wmemchr
// each: data-race object=in_mbstowcs,in_wcstombs,in_wcpncpy,in_wcstol,in_wcstod,in_mbsrtowcs,in_wcsrtombs
// flags: -fno-builtin -Wno-unused-value -Wno-unused-result
#include <thread>

#include "gate.h"
#include "libc_text_calls.h"

int main() {
  Gate called;
  std::thread other([&] {
    call_all();
    called.open();
  });
  called.wait();
  touch_all();
  other.join();
}
