// The functions that -D_FORTIFY_SOURCE calls instead of those in race_libc_text.cc.
// each: data-race object=in_memcpy,in_memmove,in_mempcpy,in_memset,in_explicit_bzero,in_strcpy,in_stpcpy
// each: data-race object=in_strncpy,in_stpncpy,in_strcat,in_strncat,in_wmemcpy,in_wmemset,in_wcscpy,in_snprintf
// each: data-race object=in_sprintf,in_fprintf,in_dprintf,in_asprintf,in_read,in_fread,in_fgets,in_realpath
// each: data-race object=in_getcwd
// flags: -O2 -D_FORTIFY_SOURCE=2 -Wno-unused-value -Wno-unused-result
#include <poll.h>

#include <thread>

#include "gate.h"
#include "libc_text_calls.h"

char in_read[64], in_fgets[64], in_fread[64], in_realpath[4096], in_getcwd[4096];

// Sizes that compilers do not know: where they do, they call the plain functions.
volatile size_t eight = 8;

void call_checked() {
  memcpy(in_memcpy, text, eight);
  memmove(in_memmove, text, eight);
  mempcpy(in_mempcpy, text, eight);
  memset(in_memset, 1, eight);
  explicit_bzero(in_explicit_bzero, eight);
  strcpy(in_strcpy, scratch);
  stpcpy(in_stpcpy, scratch);
  strncpy(in_strncpy, scratch, eight);
  stpncpy(in_stpncpy, scratch, eight);
  strcat(in_strcat, scratch);
  strncat(in_strncat, scratch, eight);
  wmemcpy(in_wmemcpy, wide, eight);
  wmemset(in_wmemset, L'a', eight);
  wcscpy(in_wcscpy, wide);
  snprintf(in_snprintf, eight, "%zu", eight);
  sprintf(in_sprintf, "%zu", eight);
  fprintf(nowhere, "%s\n", in_fprintf);
  dprintf(fileno(nowhere), "%s\n", in_dprintf);
  asprintf(&made, "%s and more", in_asprintf);
  free(made);
  FILE* zeros = fopen("/dev/zero", "r");
  use(read(fileno(zeros), in_read, eight));
  use(fread(in_fread, 1, eight, zeros));
  use(fgets(in_fgets, static_cast<int>(eight), zeros));
  fclose(zeros);
  use(realpath("/", in_realpath));
  use(getcwd(in_getcwd, eight * 500));
}

void touch_checked() {
  in_read[0] = in_fgets[0] = in_fread[0] = in_realpath[0] = in_getcwd[0] = 1;
  touch_all();
}

int main() {
  Gate called;
  std::thread other([&] {
    call_checked();
    called.open();
  });
  called.wait();
  touch_checked();
  other.join();
}
