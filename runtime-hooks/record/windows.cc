// How the windows of a thread become chunks.
//
// A thread has one window, and a second one where a helper is there (helper.h) and the thread writes much. It writes to the one
// that `cursor` points into; the other one is the spare, which is free, or full and handed over. Who encodes a full spare
// claims it first, so it may be the helper, the thread itself or whoever finishes the recording. Chunks of a thread may
// thus reach the file in another order than that of their numbers, by which readers go.
//
// Everything but that claim is done by the thread itself under window_locked, with one exception: whoever finishes the recording
// seals the windows of all, after it made them stop (stop_all_threads). The finisher waits for a thread that seals, and a thread
// that finds its windows taken has nothing left to do.
#include "record/budget.h"
#include "record/helper.h"
#include "record/recorder.h"
#include "record/spin_lock.h"
#include "record/thread.h"

namespace tenter::record {
namespace {

// From that chunk on a thread is worth a second window, which costs it some twenty page faults.
constexpr std::uint32_t chunks_before_spare = 4;

Spare spare_of(const Thread& thread) { return Spare{__atomic_load_n(&thread.spare, __ATOMIC_ACQUIRE)}; }
void set_spare(Thread& thread, Spare spare) {
  __atomic_store_n(&thread.spare, static_cast<std::uint32_t>(spare), __ATOMIC_RELEASE);
}
bool claim_spare(Thread& thread) {
  auto expected = static_cast<std::uint32_t>(Spare::full);
  return __atomic_compare_exchange_n(&thread.spare, &expected, static_cast<std::uint32_t>(Spare::taken), false,
                                     __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

// Nobody is to read events there any more.
void close_window(trace::LiveHeader& header) {
  header.full_words = 0;
  __atomic_store_n(&header.stream, 0u, __ATOMIC_RELEASE);
}

ChunkLabel label_of(const trace::LiveHeader& header) {
  return {trace::ChunkKind::events, header.stream, header.sequence, header.task};
}

}  // namespace

// False: the windows were taken over.
bool Thread::lock_window() { return __atomic_exchange_n(&window_locked, 1u, __ATOMIC_ACQUIRE) == 0; }
void Thread::unlock_window() { __atomic_store_n(&window_locked, 0u, __ATOMIC_RELEASE); }

unsigned Thread::window_in_use() const {
  const Word* second = windows[1].words;
  return second != nullptr && cursor >= second && cursor <= second + Window::word_count ? 1 : 0;
}

std::size_t Thread::words_in_window() const { return static_cast<std::size_t>(cursor - window().words); }

void Thread::start_chunk() {
  Word* const first = window().words;
  cursor = first;
  pc = 0;
  last_look.end = nullptr;
  restart_stack();
  lost += take_left_out();
  share = recorder().output.share_to_watch(recorder().options.sample);
  __atomic_store_n(&limit, first + Window::word_count - event_words_max, __ATOMIC_RELAXED);
  // Pairs with the fence in silence_all_threads(): it sees this limit, or we see that recording has stopped.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (!may_still_write()) { __atomic_store_n(&limit, static_cast<Word*>(nullptr), __ATOMIC_RELAXED); }
}

// The order of the steps is explained in trace/file.h: whatever a crash leaves, no event is there twice.
bool Thread::write_window(std::size_t count) {
  const Window& here = window();
  trace::LiveHeader& header = *here.header;
  if (count != 0) {
    if (!recorder().output.write_events(label_of(header), here.words, count)) { return false; }
    sys::zero_words(here.words, count);
    header.task = task->id;
    __atomic_store_n(&header.sequence, header.sequence + 1, __ATOMIC_RELEASE);
  }
  return true;
}

// ---- the spare ---------------------------------------------------------------------------------------------------------

// A handler that left by longjmp may have left the thread between its two windows.
void Thread::repair_spare() {
  Window& other = windows[1 - window_in_use()];
  if (__atomic_load_n(&other.words[0], __ATOMIC_ACQUIRE) == 0) {  // it had not gone over yet
    close_window(*other.header);
    window().header->full_words = 0;
    set_spare(*this, Spare::free);
  } else {
    handed_over = 1 - window_in_use();
    handed_words = other.header->full_words;
    set_spare(*this, Spare::full);
  }
}

bool Thread::has_free_spare() {
  switch (spare_of(*this)) {
    case Spare::none:
      if (window().header->sequence < chunks_before_spare) { return false; }
      set_spare(*this, recorder().output.map_spare_window(windows[1 - window_in_use()]) ? Spare::free : Spare::refused);
      break;
    case Spare::held: repair_spare(); break;
    default: break;
  }
  return spare_of(*this) == Spare::free;
}

// The full window waits to be encoded, and the thread is in the other one, at its beginning. False: nothing has changed.
bool Thread::hand_over() {
  if (!is_recording() || !helper_is_there() || !has_free_spare()) { return false; }
  const Window& full = window();
  const unsigned full_index = window_in_use();
  const Window& next = windows[1 - full_index];
  const std::size_t count = words_in_window();
  set_spare(*this, Spare::held);
  next.header->sequence = full.header->sequence + 1;
  next.header->task = task->id;
  // From here on the stream may go on elsewhere, as trace/file.h explains.
  __atomic_store_n(&full.header->full_words, std::uint64_t{count}, __ATOMIC_RELEASE);
  __atomic_store_n(&next.header->stream, full.header->stream, __ATOMIC_RELEASE);
  handed_over = full_index;
  handed_words = count;
  // A handler that leaves by longjmp just now leaves a thread that has no room, wherever its cursor is.
  __atomic_store_n(&limit, windows[0].words < windows[1].words ? windows[0].words : windows[1].words, __ATOMIC_RELAXED);
  __atomic_store_n(&cursor, next.words, __ATOMIC_RELEASE);
  set_spare(*this, Spare::full);
  // Nobody to take it: so we do. If that fails recording has stopped, which start_chunk() sees.
  if (!queue_for_helper(*this)) { encode_spare(); }
  return true;
}

void Thread::encode_spare() {
  if (!claim_spare(*this)) { return; }
  const Window& full = windows[handed_over];
  if (!recorder().output.write_events(label_of(*full.header), full.words, handed_words)) {
    set_spare(*this, Spare::kept);
    return;
  }
  sys::zero_words(full.words, handed_words);
  close_window(*full.header);
  set_spare(*this, Spare::free);
}

bool Thread::settle_spare() {
  encode_spare();
  return wait_until([this] { return spare_of(*this) != Spare::taken; });
}

bool settle_all_spares() {
  bool settled = true;
  for (Thread* thread = first_known_thread(); thread != nullptr; thread = thread->next_known) {
    settled = thread->settle_spare() && settled;
  }
  return settled;
}

// ---- a thread's own ------------------------------------------------------------------------------------------------------

bool Thread::begin_next_chunk() {
  if (!lock_window()) { return false; }
  const bool begun = may_still_write() && (hand_over() || write_window(words_in_window()));
  if (begun) { start_chunk(); }
  unlock_window();
  return begun;
}

bool Thread::seal() {
  if (!lock_window()) { return false; }
  const bool sealed = may_still_write() && write_window(words_in_window());
  if (sealed) { start_chunk(); }
  unlock_window();
  return sealed;
}

bool Thread::open_stream() {
  if (!lock_window()) { return false; }
  Window& first = windows[window_in_use()];
  const bool opened = is_recording() && (first.mapping != nullptr || recorder().output.map_window(first));
  if (opened) {
    first.header->sequence = 0;
    first.header->task = task->id;
    // The number comes last: a window counts from then on.
    __atomic_store_n(&first.header->stream, recorder().next_stream.fetch_add(1, std::memory_order_relaxed),
                     __ATOMIC_RELEASE);
    start_chunk();
  }
  unlock_window();
  return opened;
}

// A spare that was handed over has its stream's number with it, and may be encoded later.
bool Thread::close_stream() {
  if (!lock_window()) { return false; }
  recorder().lost_events.fetch_add(take_left_out(), std::memory_order_relaxed);
  const bool closed = may_still_write() && write_window(words_in_window());
  if (closed) {
    close_window(*window().header);
    __atomic_store_n(&limit, static_cast<Word*>(nullptr), __ATOMIC_RELAXED);
  }
  unlock_window();
  return closed;
}

// ---- by whoever finishes the recording -----------------------------------------------------------------------------------

void Thread::take_over() {
  if (windows[0].mapping == nullptr) { return; }
  // A thread that is sealing needs a moment. One that was stopped inside for good keeps its windows: they are in the file
  // as live chunks.
  if (this == state.thread ? !lock_window() : !wait_until([this] { return lock_window(); })) { return; }
  if (spare_of(*this) == Spare::held) { repair_spare(); }
  settle_spare();
  const Window& last = window();
  bool sealed = true;
  if (last.header->stream != 0) {
    // Its signal handlers' events, if it stands at the end of an event of its own.
    while (sealed && !__atomic_load_n(&busy, __ATOMIC_ACQUIRE) && !write_deferred(nullptr)) {
      sealed = write_window(words_in_window());
      start_chunk();
    }
  }
  __atomic_store_n(&limit, static_cast<Word*>(nullptr), __ATOMIC_RELEASE);
  if (last.header->stream != 0) {
    std::size_t count = 0;
    while (count < Window::word_count) {
      const Word first = __atomic_load_n(&last.words[count], __ATOMIC_ACQUIRE);
      if (first == 0) { break; }
      count += trace::is_access(first) ? 1 : 1 + trace::event_extra(first);
    }
    if (!sealed || !write_window(count)) {
      return;  // nothing more can be written, so the window is where these events are
    }
    recorder().lost_events.fetch_add(lost + take_left_out(), std::memory_order_relaxed);
    close_window(*last.header);
  }
  recorder().output.free_window_space(last);
  if (spare_of(*this) == Spare::free) { recorder().output.free_window_space(windows[1 - window_in_use()]); }
  // The windows stay locked: their thread finds them taken.
}

void Thread::give_back_windows() {
  for (Window& each : windows) {
    if (each.mapping != nullptr) { give_back_memory(each.mapping, Window::mapped_bytes); }
    each = Window{};
  }
  set_spare(*this, Spare::none);
  window_locked = 0;
  limit = nullptr;
}

}  // namespace tenter::record
