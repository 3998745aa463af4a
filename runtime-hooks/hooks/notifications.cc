// What libc is asked to call in a thread of its own when a message has arrived or a transfer has ended (SIGEV_THREAD): what came
// before the request, and before the message or what was written to the descriptor, happened before what that function does.
//
// Such a thread is one that nobody tells of. It begins after some request; which one it was is not asked, as the request has no
// room for a word of ours: it lies in the program's memory until libc reads it, and is read and used again by the program.
//
// Beside that, message queues order threads as pipes do, and transfers as reads and writes do.
#include <aio.h>
#include <mqueue.h>

#include <csignal>
#include <ctime>

#include "hooks/descriptors.h"
#include "hooks/interpose.h"

namespace tenter::hooks {

using record::Pc;
using trace::Op;

namespace {

void asked(const sigevent* event, Pc pc) {
  if (event != nullptr && event->sigev_notify == SIGEV_THREAD && record::active()) { record::thread_asked_for(pc); }
}

void starts(const aiocb* transfer, int operation, Pc pc) {
  if (transfer == nullptr) { return; }
  if (operation == LIO_WRITE) {
    if (speaks_for_program(pc)) { library_read(const_cast<const void*>(transfer->aio_buf), transfer->aio_nbytes, pc); }
    releases(transfer->aio_fildes, pc);
  }
  asked(&transfer->aio_sigevent, pc);
}
void start(aiocb* const* transfers, int count, const sigevent* event, Pc pc) {
  for (int i = 0; i < count; ++i) {
    if (transfers[i] != nullptr) { starts(transfers[i], transfers[i]->aio_lio_opcode, pc); }
  }
  asked(event, pc);
}

// Above it libc keeps a bit of its own.
constexpr int whole_operation = 127;

// Of all queues: two descriptors of one process may be of the same queue.
constinit std::uint64_t messages = 0;

void sends_message(const char* text, std::size_t size, Pc pc) {
  if (speaks_for_program(pc)) { library_read(text, size, pc); }
  orders(Op::release, &messages, pc);
  if (record::active()) { record::thread_may_begin(pc); }
}
ssize_t received_message(const char* text, const unsigned* priority, ssize_t size, Pc pc) {
  if (size < 0) { return size; }
  orders(Op::acquire, &messages, pc);
  if (speaks_for_program(pc)) {
    library_write(text, static_cast<std::size_t>(size), pc);
    if (priority != nullptr) { library_write(priority, sizeof *priority, pc); }
  }
  return size;
}

}  // namespace

TENTER_INTERPOSE(int, mq_notify, (mqd_t queue, const sigevent* event)) {
  asked(event, TENTER_CALLER_PC());
  return REAL(mq_notify)(queue, event);
}
TENTER_INTERPOSE(int, mq_send, (mqd_t queue, const char* text, std::size_t size, unsigned priority)) {
  sends_message(text, size, TENTER_CALLER_PC());
  return REAL(mq_send)(queue, text, size, priority);
}
TENTER_INTERPOSE(int, mq_timedsend,
                 (mqd_t queue, const char* text, std::size_t size, unsigned priority, const timespec* deadline)) {
  sends_message(text, size, TENTER_CALLER_PC());
  return REAL(mq_timedsend)(queue, text, size, priority, deadline);
}
TENTER_INTERPOSE(ssize_t, mq_receive, (mqd_t queue, char* text, std::size_t size, unsigned* priority)) {
  return received_message(text, priority, REAL(mq_receive)(queue, text, size, priority), TENTER_CALLER_PC());
}
TENTER_INTERPOSE(ssize_t, mq_timedreceive,
                 (mqd_t queue, char* text, std::size_t size, unsigned* priority, const timespec* deadline)) {
  return received_message(text, priority, REAL(mq_timedreceive)(queue, text, size, priority, deadline),
                          TENTER_CALLER_PC());
}

// With 64 bits for places in files nothing is different on the processors that we know.
static_assert(sizeof(aiocb) == sizeof(aiocb64));

#define TENTER_TRANSFER(function, operation)            \
  TENTER_INTERPOSE(int, function, (aiocb * transfer)) { \
    starts(transfer, operation, TENTER_CALLER_PC());    \
    return REAL(function)(transfer);                    \
  }
TENTER_TRANSFER(aio_read, LIO_READ)
TENTER_TRANSFER(aio_read64, LIO_READ)
TENTER_TRANSFER(aio_write, LIO_WRITE)
TENTER_TRANSFER(aio_write64, LIO_WRITE)

#define TENTER_SYNCHRONIZED_FILE(function)                            \
  TENTER_INTERPOSE(int, function, (int operation, aiocb* transfer)) { \
    starts(transfer, LIO_NOP, TENTER_CALLER_PC());                    \
    return REAL(function)(operation, transfer);                       \
  }
TENTER_SYNCHRONIZED_FILE(aio_fsync)
TENTER_SYNCHRONIZED_FILE(aio_fsync64)

#define TENTER_TRANSFERS(function)                                                                   \
  TENTER_INTERPOSE(int, function, (int mode, aiocb* const* transfers, int count, sigevent* event)) { \
    start(transfers, count, event, TENTER_CALLER_PC());                                              \
    return REAL(function)(mode, transfers, count, event);                                            \
  }
TENTER_TRANSFERS(lio_listio)
TENTER_TRANSFERS(lio_listio64)

// libc has noted what it did.
#define TENTER_ENDED_TRANSFER(function)                                            \
  TENTER_INTERPOSE(ssize_t, function, (aiocb * transfer)) {                        \
    const ssize_t result = REAL(function)(transfer);                               \
    if (result >= 0 && (transfer->aio_lio_opcode & whole_operation) == LIO_READ) { \
      acquires(transfer->aio_fildes, TENTER_CALLER_PC());                          \
    }                                                                              \
    return result;                                                                 \
  }
TENTER_ENDED_TRANSFER(aio_return)
TENTER_ENDED_TRANSFER(aio_return64)

}  // namespace tenter::hooks
