// Buffers and strings that the program hands to stdio, and the lock of a FILE where the program takes it itself: what
// getc_unlocked() and its kind do between flockfile() and funlockfile() is inlined into the program, and seen.
#include <cstdio>
#include <cstring>

#include "hooks/libc_access.h"
#include "hooks/mutex_events.h"
#include "hooks/streams.h"

namespace tenter::hooks {

using record::Pc;
using std::size_t;
using trace::LockFlag;
using trace::LockKind;
using trace::Op;

namespace {

// The descriptor of a stream that orders threads, or -1.
int ordering_descriptor(FILE* file) {
  if (!record::active()) { return -1; }
  const KeepErrno keep_errno;
  const int fd = fileno_unlocked(file);
  return fd >= 0 && connects_threads(fd) ? fd : -1;
}

}  // namespace

void sends_into(FILE* file, Pc pc) {
  if (const int fd = ordering_descriptor(file); fd >= 0) { releases(fd, pc); }
}
void receives_from(FILE* file, Pc pc) {
  if (const int fd = ordering_descriptor(file); fd >= 0) { acquires(fd, pc); }
}

// ---- reading ---------------------------------------------------------------------------------------------

namespace {

size_t told_fread(void* to, size_t size, size_t done, FILE* file, Pc pc) {
  receives_from(file, pc);
  told_write(to, size * done, pc);
  return done;
}
char* told_line(char* line, FILE* file, Pc pc) {
  receives_from(file, pc);
  told_new_string(line, pc);
  return line;
}
// The line may contain zeros, so its length is what the call says.
ssize_t told_long_line(char** line, size_t* room, ssize_t length, FILE* file, Pc pc) {
  receives_from(file, pc);
  if (length >= 0) {
    told_result(line, true, pc);
    told_result(room, true, pc);
    told_write(*line, static_cast<size_t>(length) + 1, pc);
  }
  return length;
}

}  // namespace

#define TENTER_FREAD(function)                                                            \
  TENTER_INTERPOSE(size_t, function, (void* to, size_t size, size_t count, FILE* file)) { \
    const size_t done = REAL(function)(to, size, count, file);                            \
    return told_fread(to, size, done, file, TENTER_CALLER_PC());                          \
  }
#define TENTER_FREAD_CHECKED(function)                                                                 \
  TENTER_INTERPOSE(size_t, function, (void* to, size_t room, size_t size, size_t count, FILE* file)) { \
    const size_t done = REAL(function)(to, room, size, count, file);                                   \
    return told_fread(to, size, done, file, TENTER_CALLER_PC());                                       \
  }
#define TENTER_FGETS(function)                                                    \
  TENTER_INTERPOSE(char*, function, (char* line, int room, FILE* file)) {         \
    return told_line(REAL(function)(line, room, file), file, TENTER_CALLER_PC()); \
  }
#define TENTER_FGETS_CHECKED(function)                                                    \
  TENTER_INTERPOSE(char*, function, (char* line, size_t room, int wanted, FILE* file)) {  \
    return told_line(REAL(function)(line, room, wanted, file), file, TENTER_CALLER_PC()); \
  }
#define TENTER_GETDELIM(function)                                                         \
  TENTER_INTERPOSE(ssize_t, function, (char** line, size_t* room, int end, FILE* file)) { \
    const ssize_t length = REAL(function)(line, room, end, file);                         \
    return told_long_line(line, room, length, file, TENTER_CALLER_PC());                  \
  }
TENTER_FREAD(fread)
TENTER_FREAD(fread_unlocked)
TENTER_FREAD_CHECKED(__fread_chk)
TENTER_FREAD_CHECKED(__fread_unlocked_chk)
TENTER_FGETS(fgets)
TENTER_FGETS(fgets_unlocked)
TENTER_FGETS_CHECKED(__fgets_chk)
TENTER_FGETS_CHECKED(__fgets_unlocked_chk)
TENTER_GETDELIM(getdelim)
TENTER_GETDELIM(__getdelim)

TENTER_INTERPOSE(ssize_t, getline, (char** line, size_t* room, FILE* file)) {
  const ssize_t length = REAL(getline)(line, room, file);
  return told_long_line(line, room, length, file, TENTER_CALLER_PC());
}
#define TENTER_GET_CHARACTER(function)             \
  TENTER_INTERPOSE(int, function, (FILE * file)) { \
    const int character = REAL(function)(file);    \
    receives_from(file, TENTER_CALLER_PC());       \
    return character;                              \
  }
TENTER_GET_CHARACTER(fgetc)
TENTER_GET_CHARACTER(getc)

// ---- writing ---------------------------------------------------------------------------------------------

namespace {

void told_text_written(const char* text, FILE* file, Pc pc) {
  told_string(text, pc);
  sends_into(file, pc);
}

}  // namespace

#define TENTER_FWRITE(function)                                                                   \
  TENTER_INTERPOSE(size_t, function, (const void* from, size_t size, size_t count, FILE* file)) { \
    const Pc pc = TENTER_CALLER_PC();                                                             \
    told_read(from, size* count, pc);                                                             \
    sends_into(file, pc);                                                                         \
    return REAL(function)(from, size, count, file);                                               \
  }
#define TENTER_FPUTS(function)                                      \
  TENTER_INTERPOSE(int, function, (const char* text, FILE* file)) { \
    told_text_written(text, file, TENTER_CALLER_PC());              \
    return REAL(function)(text, file);                              \
  }
#define TENTER_PUT_CHARACTER(function)                           \
  TENTER_INTERPOSE(int, function, (int character, FILE* file)) { \
    sends_into(file, TENTER_CALLER_PC());                        \
    return REAL(function)(character, file);                      \
  }
TENTER_FWRITE(fwrite)
TENTER_FWRITE(fwrite_unlocked)
TENTER_FPUTS(fputs)
TENTER_FPUTS(fputs_unlocked)
TENTER_PUT_CHARACTER(fputc)
TENTER_PUT_CHARACTER(putc)

TENTER_INTERPOSE(int, puts, (const char* text)) {
  told_text_written(text, stdout, TENTER_CALLER_PC());
  return REAL(puts)(text);
}
TENTER_INTERPOSE(void, perror, (const char* text)) {
  if (text != nullptr) { told_string(text, TENTER_CALLER_PC()); }
  REAL(perror)(text);
}
TENTER_INTERPOSE(int, fflush, (FILE * file)) {
  if (file != nullptr) { sends_into(file, TENTER_CALLER_PC()); }
  return REAL(fflush)(file);
}
TENTER_INTERPOSE(int, fclose, (FILE * file)) {
  sends_into(file, TENTER_CALLER_PC());  // the other end of a pipe reads its end after this
  return REAL(fclose)(file);
}

// ---- the lock of a FILE ------------------------------------------------------------------------------------

namespace {

// How often its holder has taken the lock of a FILE: glibc's macros have it inlined into programs since 2.0.
struct StreamLock {
  int word;
  int count;
  void* owner;
};

// While the caller holds it.
void told_stream_lock(Op op, std::uint8_t flags, FILE* file, Pc pc) {
  if (!record::active()) { return; }
  const auto* lock = reinterpret_cast<const StreamLock*>(file->_lock);
  if (lock != nullptr && lock->count > 1) { flags |= LockFlag::again; }
  record::sync(op, flags, static_cast<std::uint8_t>(LockKind::recursive_mutex), file, pc);
}

}  // namespace

TENTER_INTERPOSE(void, flockfile, (FILE * file)) {
  const Pc pc = TENTER_CALLER_PC();
  {
    const Waiting waiting(trace::WaitKind::lock, file, pc);
    REAL(flockfile)(file);
  }
  told_stream_lock(Op::lock_acquire, 0, file, pc);
}
TENTER_INTERPOSE(int, ftrylockfile, (FILE * file)) {
  const int result = REAL(ftrylockfile)(file);
  if (result == 0) {
    told_stream_lock(Op::lock_acquire, LockFlag::attempt, file, TENTER_CALLER_PC());
  } else if (record::active()) {
    record_refusal(0, LockKind::recursive_mutex, file, TENTER_CALLER_PC());
  }
  return result;
}
TENTER_INTERPOSE(void, funlockfile, (FILE * file)) {
  told_stream_lock(Op::lock_release, 0, file, TENTER_CALLER_PC());
  REAL(funlockfile)(file);
}

}  // namespace tenter::hooks
