#include "record/recorder.h"

#include <unistd.h>

#include "record/arena.h"
#include "record/atomic.h"
#include "record/budget.h"
#include "record/epoch.h"
#include "record/fast_path.h"
#include "record/helper.h"
#include "record/life.h"
#include "record/modules.h"
#include "record/own_work.h"
#include "record/process_file.h"
#include "record/record.h"
#include "record/text_buffer.h"

namespace tenter::record {

constinit Recorder the_recorder;
constinit Tickets the_tickets;

namespace {

using trace::MemoryKind;
using trace::TaskKind;

std::uint64_t payload_of(const void* object) { return reinterpret_cast<std::uintptr_t>(object); }

// A signal handler that interrupted the recorder does what cannot be put aside: creates, joins or switches tasks.
void lose_order(const Section& section) {
  if (Thread* interrupted = section.interrupted()) { interrupted->lose(/*order=*/true); }
}

// ---- switching tasks ----------------------------------------------------------------------------------------------

void write_task_event(Thread& thread, Op op, std::uint64_t payload, const Task& task, Pc pc) {
  write_ordered(thread, op, 0, static_cast<std::uint8_t>(task.kind), payload,
                thread.take(Tickets::stripe_of_task(task.id)), pc);
}

// In a Section. The chunk that an event opens belongs to the task before the switch until the switch is done.
void switch_to(State& s, Thread& thread, Task& to) {
  Task& from = *thread.task;
  write_task_event(thread, Op::task_suspend, from.id, from, thread.pc);
  write_task_event(thread, Op::task_resume, &to == thread.own ? 0 : to.id, to, thread.pc);
  from.stack = thread.stack;
  thread.stack = to.stack;
  to.stack = ShadowStack{};
  thread.task = &to;
  thread.restart_stack();
  thread.filter.new_epoch();
  thread.last_load = LastLoad{};
  thread.last_change = LastChange{};
  if (s.thread != nullptr) {  // still recording
    choose_memory(s);
  }
}

void write_start(Thread& thread, Task& task) {
  task.started = true;
  write_task_event(thread, Op::task_start, task.id, task, 0);
}

void write_end(Thread& thread, Task& task) {
  if (!task.ended) {
    task.ended = true;
    write_task_event(thread, Op::task_end, task.id, task, 0);
    thread.filter.new_epoch();
  }
}

// ---- memory ----------------------------------------------------------------------------------------------------------

void defer_ordered(Thread& thread, Op op, std::uint8_t flags, std::uint8_t arg, std::uint64_t payload,
                   std::uint64_t value, Ticket ticket, Pc pc) {
  thread.defer_ordered(
      {trace::event_word(op, 2, flags, payload), {trace::ticket_word(ticket.stripe, arg, ticket.count), value}, pc});
  thread.filter.new_epoch();
}

void defer_life(Thread& thread, Op op, std::uint64_t address, std::uint64_t size, MemoryKind kind, Pc pc) {
  each_region(address, size, [&](std::uint64_t begin, std::uint64_t piece, std::uint32_t stripe) {
    defer_ordered(thread, op, 0, static_cast<std::uint8_t>(kind), begin, piece, tickets().take(stripe), pc);
  });
}

// ---- the process ---------------------------------------------------------------------------------------------------------

// The phase that the recorder is in once the file is begun.
Phase begin_recording() {
  Recorder& r = the_recorder;
  const OwnWork work;
  remember_standard_error();
  if (!read_options()) {
    say("programs that run with another user's rights are not recorded");
    return Phase::refused;
  }
  if (r.options.help) {
    const char* help = options_help();
    say_text(help, length_of(help));
  }
  r.memory.store(r.options.memory, std::memory_order_relaxed);
  r.filter.store(r.options.filter, std::memory_order_relaxed);
  if (r.options.max_memory != 0) { limit_memory(r.options.max_memory); }
  r.output.limit_size(r.options.max_size);
  sys::random(&r.sample_seed, sizeof r.sample_seed);
  if (!open_output(/*unique=*/false, r.options.require_trace)) { return Phase::refused; }
  write_process_chunk(0);
  update_modules(/*always=*/true);
  return r.output.stopped_because() == nullptr ? Phase::recording : Phase::stopped;
}

// In a forked child: a file of its own. True: it is begun. `thread`: the one that forked, or null.
bool begin_recording_of_child(State& s, Thread* thread) {
  Recorder& r = the_recorder;
  const OwnWork work;
  s.inside = 0;
  r.phase.store(Phase::starting, std::memory_order_relaxed);
  // First of all: the windows are the parent's file.
  s.thread = s.memory = nullptr;
  forget_threads_of_parent(thread);
  forget_helper_of_parent();
  arena().reset_lock();
  r.output.forget_file();
  the_tickets.reset();
  r.next_stream.store(1, std::memory_order_relaxed);
  for (auto* count : {&r.lost_events, &r.left_out_by_sample, &r.left_out_by_size, &r.small_filters}) {
    count->store(0, std::memory_order_relaxed);
  }
  r.end_before_exec = 0;
  const bool opened = open_output(/*unique=*/true, /*required=*/false);
  if (opened) {
    write_process_chunk(sys::parent_process_id());
    write_modules_after_fork();
  }
  r.phase.store(opened ? Phase::recording : Phase::refused, std::memory_order_release);
  return opened;
}

}  // namespace

const char* no_memory_for_thread() {
  return the_recorder.options.max_memory == 0 ? "no memory for another thread's events"
                                              : "max_memory= leaves none for another thread's events";
}

// ---- is anybody listening ------------------------------------------------------------------------------------------

bool active() {
  State& s = state;
  if ((s.inside | s.quiet) != 0) [[unlikely]] {
    if (s.quiet != 0) { return false; }
    if (!recover(s)) {
      return s.thread != nullptr;  // a signal handler: its events are put aside
    }
  }
  return s.thread != nullptr || attach(s, nullptr) != nullptr;
}

bool interrupted() { return state.inside != 0; }

Quiet::Quiet() { ++state.quiet; }
Quiet::~Quiet() { --state.quiet; }

Thread* first_callback(State& s, Pc pc) {
  if ((s.inside | s.quiet) != 0 || s.ended) { return nullptr; }
  if (s.thread != nullptr) { return s.thread; }
  if (recorder().phase.load(std::memory_order_relaxed) == Phase::off) {
    start();
    note_instrumented(pc);
  }
  return attach(s, nullptr);
}

// ---- where the thread stands ----------------------------------------------------------------------------------------

void enter_first(Pc call_site, std::uintptr_t stack_pointer, Pc pc) {
  if (Thread* thread = first_callback(state, pc); thread != nullptr) { thread->stack.push(call_site, stack_pointer); }
}

void enter(Pc call_site, std::uintptr_t stack_pointer) {
  if (state.thread != nullptr) { state.thread->stack.push(call_site, stack_pointer); }
}
void leave() { leave_fast(); }

// ---- memory -----------------------------------------------------------------------------------------------------------

void access(const void* address, unsigned size_log2, bool write, Pc pc) {
  switch (size_log2 * 2 + (write ? 1 : 0)) {
    case 0: return access_fast<0, false>(address, pc);
    case 1: return access_fast<0, true>(address, pc);
    case 2: return access_fast<1, false>(address, pc);
    case 3: return access_fast<1, true>(address, pc);
    case 4: return access_fast<2, false>(address, pc);
    case 5: return access_fast<2, true>(address, pc);
    case 6: return access_fast<3, false>(address, pc);
    default: return access_fast<3, true>(address, pc);
  }
}

void access_range(const void* where, std::size_t length, std::uint8_t flags, Pc pc) {
  State& s = state;
  if (s.memory == nullptr && (s.thread != nullptr || first_callback(s, pc) == nullptr || s.memory == nullptr)) {
    return;
  }
  const bool write = (flags & trace::AccessFlag::write) != 0;
  const auto range = s.memory->filter.uncovered(reinterpret_cast<std::uintptr_t>(where), length, write);
  if (range.is_empty()) { return; }
  const std::uintptr_t address = range.begin;
  const std::size_t size = range.size();
  const Section section(s);
  if (Thread* thread = section.thread(); thread != nullptr && thread->leaves_out(address, size)) {
    thread->filter.add_range(address, size, write);
  } else if (thread != nullptr && (thread->ready() || thread->prepare())) {
    thread->set_pc(pc);
    thread->put(trace::event_word(Op::access_range, 1, flags, address), size);
    thread->filter.add_range(address, size, write);
  } else if (Thread* interrupted = section.interrupted()) {
    defer_access(*interrupted, address, size, flags, pc);
  }
}

void defer_access(Thread& thread, std::uintptr_t address, std::size_t size, std::uint8_t flags, Pc pc) {
  thread.defer({trace::event_word(Op::access_range, 1, flags, address), {size, 0}, pc});
}

void defer_ordered(Thread& thread, Op op, std::uint8_t flags, std::uint8_t arg, std::uint64_t payload, Ticket ticket,
                   Pc pc) {
  thread.defer_ordered(
      {trace::event_word(op, 1, flags, payload), {trace::ticket_word(ticket.stripe, arg, ticket.count), 0}, pc});
  thread.filter.new_epoch();
}

void alloc(const void* address, std::size_t size, MemoryKind kind, Pc pc) {
  const Section section(state);
  if (Thread* thread = section.thread()) {
    write_life(*thread, Op::alloc, payload_of(address), size, kind, pc);
    thread->filter.forget_range(payload_of(address), size);
  } else if (Thread* interrupted = section.interrupted()) {
    defer_life(*interrupted, Op::alloc, payload_of(address), size, kind, pc);
  }
}

void free(const void* address, std::size_t size, MemoryKind kind, Pc pc, std::size_t reach) {
  const Section section(state);
  if (Thread* thread = section.thread()) {
    write_life(*thread, Op::free, payload_of(address), size, kind, pc);
    if (size == 0 && reach == 0) {
      thread->filter.new_epoch();  // who knows how much
    } else {
      thread->filter.forget_range(payload_of(address), size != 0 ? size : reach);
    }
  } else if (Thread* interrupted = section.interrupted()) {
    defer_life(*interrupted, Op::free, payload_of(address), size, kind, pc);
  }
}

// ---- synchronization --------------------------------------------------------------------------------------------------

void sync(Op op, std::uint8_t flags, std::uint8_t arg, const void* object, Pc pc) {
  const Section section(state);
  if (Thread* thread = section.thread()) {
    write_ordered(*thread, op, flags, arg, payload_of(object), thread->take(Tickets::stripe_of(payload_of(object))),
                  pc);
    if (ends_epoch(op, flags)) { thread->filter.new_epoch(); }
  } else if (Thread* interrupted = section.interrupted()) {
    defer_ordered(*interrupted, op, flags, arg, payload_of(object),
                  tickets().take(Tickets::stripe_of(payload_of(object))), pc);
  }
}

void sync(Op op, std::uint8_t flags, std::uint8_t arg, const void* object, std::uint64_t value, Pc pc) {
  const Section section(state);
  if (Thread* thread = section.thread()) {
    write_ordered(*thread, op, flags, arg, payload_of(object), value,
                  thread->take(Tickets::stripe_of(payload_of(object))), pc);
    if (ends_epoch(op, flags)) { thread->filter.new_epoch(); }
  } else if (Thread* interrupted = section.interrupted()) {
    defer_ordered(*interrupted, op, flags, arg, payload_of(object), value,
                  tickets().take(Tickets::stripe_of(payload_of(object))), pc);
  }
}

void look(Op op, std::uint8_t flags, std::uint8_t arg, const void* object, std::uint64_t value, Pc pc) {
  const Section section(state);
  if (Thread* thread = section.thread()) {
    const std::uint32_t stripe = Tickets::stripe_of(payload_of(object));
    LastLook& last = thread->last_look;
    const bool is_repeated = last.object == object && last.end == thread->cursor && last.pc == pc && last.op == op &&
                             last.flags == flags && last.value == value &&
                             ((thread->deferred_end ^ thread->deferred_begin) | thread->lost) == 0;
    if (is_repeated && tickets().peek(stripe) == last.counter) { return; }
    const Ticket ticket = thread->take(stripe);
    write_ordered(*thread, op, flags, arg, payload_of(object), value, ticket, pc);
    last = LastLook{object, Tickets::counter_after(ticket), thread->cursor, pc, value, op, flags};
  } else if (Thread* interrupted = section.interrupted()) {
    defer_ordered(*interrupted, op, flags, arg, payload_of(object), value,
                  tickets().take(Tickets::stripe_of(payload_of(object))), pc);
  }
}

// ---- blocking ------------------------------------------------------------------------------------------------------------

void wait_begin(trace::WaitKind kind, const void* object, Pc pc, const int* holder) {
  const Section section(state);
  if (Thread* thread = section.thread(); thread != nullptr && (thread->ready() || thread->prepare())) {
    thread->set_pc(pc);
    thread->put(trace::event_word(Op::wait_begin, 1, 0, payload_of(object)), static_cast<Word>(kind));
    thread->task->waits_since = ticks();
    if (thread->task != thread->own) { return; }
    thread->wait.kind = kind;
    thread->wait.object = object;
    thread->wait.pc = pc;
    thread->wait.holder = holder;
    __atomic_store_n(&thread->wait.since, thread->task->waits_since,
                     __ATOMIC_RELEASE);  // whoever sees it sees the rest
  }
}

void wait_end() {
  const Section section(state);
  if (Thread* thread = section.thread(); thread != nullptr && (thread->ready() || thread->prepare())) {
    const std::uint64_t lasted = ticks() - thread->task->waits_since;
    if (lasted < long_wait_ticks || static_cast<std::int64_t>(lasted) < 0) {
      thread->put(trace::event_word(Op::wait_end, 0, 0, 0));
    } else {
      const WaitTime time = time_of_wait(lasted);
      thread->put(trace::event_word(Op::wait_end, 1, 0, time.ended_us), time.lasted_ns);
    }
    if (thread->task == thread->own) { __atomic_store_n(&thread->wait.since, 0u, __ATOMIC_RELEASE); }
  }
}

void select_case(const void* channel, std::uint8_t flags, const void* handle) {
  const Section section(state);
  if (Thread* thread = section.thread(); thread != nullptr && (thread->ready() || thread->prepare())) {
    if (handle == nullptr) {
      thread->put(trace::event_word(Op::select_case, 0, flags, payload_of(channel)));
    } else {
      thread->put(trace::event_word(Op::select_case, 1, flags, payload_of(channel)), payload_of(handle));
    }
  }
}

void misuse(trace::MisuseKind kind, const void* object, Pc pc) {
  const Section section(state);
  if (Thread* thread = section.thread(); thread != nullptr && (thread->ready() || thread->prepare())) {
    thread->set_pc(pc);
    thread->put(trace::event_word(Op::misuse, 1, 0, payload_of(object)), static_cast<Word>(kind));
  }
}

void name(trace::NameOf what, std::uint64_t id_or_address, const char* text, std::size_t length) {
  const Section section(state);
  Thread* thread = section.thread();
  if (thread == nullptr || text == nullptr || length == 0 || (!thread->ready() && !thread->prepare())) { return; }
  if (length > trace::max_name_bytes) {
    // Not in the middle of a UTF-8 character.
    length = trace::max_name_bytes;
    while (length != 0 && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80) { --length; }
  }
  const auto words = static_cast<unsigned>((length + 7) / 8);
  thread->put_with_text(trace::event_word(Op::name, words, static_cast<std::uint8_t>(what), id_or_address), text,
                        length);
}

// ---- tasks and threads ------------------------------------------------------------------------------------------------------

Task* thread_create(TaskKind kind, Pc pc) {
  Task* task = task_create(kind, nullptr, 0, pc);
  if (task != nullptr) { expect_thread(); }
  return task;
}

void thread_created(bool success) {
  if (success) {
    bring_helper();
  } else {
    expect_no_thread();
  }
}

Task* task_create(TaskKind kind, const char* text, std::size_t length, Pc pc) {
  if (kind == TaskKind::task && !the_recorder.tasks.load(std::memory_order_relaxed)) {
    the_recorder.tasks.store(true, std::memory_order_relaxed);
  }
  Task* task = nullptr;
  {
    const Section section(state);
    Thread* thread = section.thread();
    task = thread == nullptr ? nullptr : make_task(kind);
    if (thread != nullptr && task == nullptr) { stop("no memory for another task"); }
    if (task == nullptr) {
      lose_order(section);
      return nullptr;
    }
    write_task_event(*thread, Op::task_create, task->id, *task, pc);
    thread->filter.new_epoch();
  }
  name(trace::NameOf::task, task->id, text, length);
  return task;
}

void thread_asked_for(Pc pc) {
  recorder().thread_asked_for.store(true, std::memory_order_relaxed);
  thread_may_begin(pc);
}
void thread_may_begin(Pc pc) {
  if (recorder().thread_asked_for.load(std::memory_order_relaxed)) {
    sync(Op::release, 0, 0, &recorder().thread_asked_for, pc);
  }
}

void thread_start(Task* self, std::uintptr_t stack, std::size_t stack_bytes) {
  State& s = state;
  s.ended = false;
  if (s.thread != nullptr) {  // a callback came first, and the thread went by another name till now
    thread_end();
    s.ended = false;
  }
  self->stack_memory = stack;
  self->stack_bytes = stack_bytes;
  count_this_thread();
  attach(s, self);
}

namespace {

void end_recording_of_thread(State& s) {
  if (s.thread == nullptr) {
    s.ended = true;
    return;
  }
  {
    const Section section(s);
    Thread* thread = section.thread();
    if (thread == nullptr) {
      s.ended = true;
      return;
    }
    if (thread->task != thread->own) { switch_to(s, *thread, *thread->own); }
    if (thread->own->stack_memory != 0) {
      write_life(*thread, Op::free, thread->own->stack_memory, thread->own->stack_bytes, MemoryKind::stack, 0);
    }
    write_end(*thread, *thread->own);
    s.ended = true;
    // If recording stopped just now the thread is detached already, and its window is what is left of it.
    const bool given_up = s.thread == nullptr;
    s.thread = s.memory = nullptr;
    if (!given_up && thread->close_stream()) { recycle(thread); }
  }
}

}  // namespace

void thread_end() {
  end_recording_of_thread(state);
  discount_this_thread();
}

void thread_join(std::uint32_t joined, Pc pc) {
  const Section section(state);
  if (Thread* thread = section.thread()) {
    write_ordered(*thread, Op::task_join, 0, 0, joined, thread->take(Tickets::stripe_of_task(joined)), pc);
  } else {
    lose_order(section);
  }
}

void thread_detach(std::uint32_t detached, Pc pc) {
  const Section section(state);
  if (Thread* thread = section.thread()) {
    write_ordered(*thread, Op::task_detach, 0, 0, detached, thread->take(Tickets::stripe_of_task(detached)), pc);
  }
}

std::uint32_t id_of(const Task* task) { return task == nullptr ? 0 : task->id; }

Task* current_task() {
  State& s = state;
  if (s.thread == nullptr && s.inside == 0 && s.quiet == 0) { attach(s, nullptr); }
  return s.thread == nullptr ? nullptr : s.thread->task;
}

void task_switch(Task* task) {
  State& s = state;
  const Section section(s);
  if (Thread* thread = section.thread()) {
    Task* to = task == nullptr ? thread->own : task;
    if (to != thread->task) { switch_to(s, *thread, *to); }
  } else {
    lose_order(section);
  }
}

void task_start(Task* task) {
  const Section section(state);
  if (Thread* thread = section.thread(); thread != nullptr && task != nullptr) { write_start(*thread, *task); }
}

void task_end(Task* task) {
  const Section section(state);
  if (Thread* thread = section.thread(); thread != nullptr && task != nullptr) { write_end(*thread, *task); }
}

void task_destroy(Task* task) {
  if (task == nullptr) { return; }
  State& s = state;
  if (s.inside != 0 && !recover(s)) {
    return;  // leaked: the lists of free memory are in somebody's hands
  }
  Section::enter(s);
  free_task(task);
  Section::leave(s);
}

void fiber_switch(Task* fiber) {
  State& s = state;
  const Section section(s);
  Thread* thread = section.thread();
  if (thread == nullptr || fiber == nullptr || fiber == thread->task) { return; }
  switch_to(s, *thread, *fiber);
  if (!fiber->started) { write_start(*thread, *fiber); }
}

void fiber_destroy(Task* fiber) {
  State& s = state;
  {
    const Section section(s);
    Thread* thread = section.thread();
    if (thread == nullptr || fiber == nullptr || fiber == thread->task || fiber == thread->own) { return; }
    if (fiber->started) {
      Task* running = thread->task;
      switch_to(s, *thread, *fiber);
      write_end(*thread, *fiber);
      switch_to(s, *thread, *running);
    }
  }
  task_destroy(fiber);
}

void quiet_begin() { ++state.quiet; }
void quiet_end() {
  if (state.quiet != 0) { --state.quiet; }
}

void thread_is_worker() {
  const Section section(state);
  if (Thread* thread = section.thread()) {
    thread->own->kind = TaskKind::worker;
    write_start(*thread, *thread->own);
  }
}

void ignore_begin() {
  State& s = state;
  const Section section(s);
  if (Thread* thread = section.thread()) {
    ++thread->task->ignoring;
    choose_memory(s);
  }
}

void ignore_end() {
  State& s = state;
  const Section section(s);
  if (Thread* thread = section.thread(); thread != nullptr && thread->task->ignoring != 0) {
    --thread->task->ignoring;
    choose_memory(s);
  }
}

// ---- the process ---------------------------------------------------------------------------------------------------------------

void start_if_asked_for() {
  if (recorder().phase.load(std::memory_order_relaxed) == Phase::off && recorder_is_asked_for()) { start(); }
}

void refuse(const char* why) {
  Recorder& r = the_recorder;
  Phase off = Phase::off;
  if (!r.phase.compare_exchange_strong(off, Phase::starting, std::memory_order_acq_rel)) { return; }
  const OwnWork work;
  remember_standard_error();
  read_options();
  char path[512];
  const bool known = path_of_recorder(path, sizeof path);
  say(why, known ? path : "libtenter_record.so");
  if (r.options.require_trace) { sys::end_process(status_without_required_trace); }
  r.phase.store(Phase::refused, std::memory_order_release);
}

void start() {
  Recorder& r = the_recorder;
  Phase off = Phase::off;
  // Before libc has its environment there is nobody to ask for options; the next callback tries again.
  if (environ == nullptr || !r.phase.compare_exchange_strong(off, Phase::starting, std::memory_order_acq_rel)) {
    return;
  }
  r.phase.store(begin_recording(), std::memory_order_release);
  attach(state, nullptr);
  if (is_recording()) { prepare_for_hangs(); }
}

void note_instrumented(Pc in_module) {
  if (is_instrumented(in_module)) { return; }
  State& s = state;
  if (s.inside != 0 || s.quiet != 0) { return; }
  const OwnWork work;
  Section::enter(s);
  mark_instrumented(in_module);
  Section::leave(s);
}

bool in_instrumented_module(Pc pc) { return is_instrumented(pc); }

void modules_changed() {
  State& s = state;
  if (!is_recording() || s.inside != 0 || s.quiet != 0) { return; }
  const OwnWork work;
  Section::enter(s);
  update_modules(/*always=*/false);
  Section::leave(s);
}

void stop(const char* why) {
  if (is_recording()) { the_recorder.output.stop(why); }
}

void flush() {
  State& s = state;
  const Section section(s);
  if (Thread* thread = section.thread(); thread != nullptr && !thread->seal()) { s.thread = s.memory = nullptr; }
}

void before_exec() {
  State& s = state;
  const Section section(s);
  Thread* thread = section.thread();
  if (thread == nullptr) { return; }
  if (!thread->seal()) {
    s.thread = s.memory = nullptr;
  } else if (is_only_thread(thread) && settle_all_spares()) {
    // Others would write on until the moment of the exec, past any mark.
    the_recorder.end_before_exec = the_recorder.output.end();
    char memory[512];
    TextBuffer text(memory, sizeof memory);
    write_end_chunk(text.add("clean=1\nexec=1"));
  }
}

void after_failed_exec() {
  const Section section(state);
  if (section.thread() != nullptr && the_recorder.end_before_exec != 0) {
    the_recorder.output.take_back_from(the_recorder.end_before_exec);
  }
  the_recorder.end_before_exec = 0;
}

void finish(int status) {
  Recorder& r = the_recorder;
  Phase phase = Phase::recording;
  const bool was_recording = r.phase.compare_exchange_strong(phase, Phase::finishing, std::memory_order_acq_rel);
  if (!was_recording && (phase != Phase::stopped ||
                         !r.phase.compare_exchange_strong(phase, Phase::finishing, std::memory_order_acq_rel))) {
    return;
  }
  State& s = state;
  const OwnWork work;
  if (was_recording) {
    stop_all_threads();
    for (Thread* thread = first_known_thread(); thread != nullptr; thread = thread->next_known) { thread->take_over(); }
  }
  char memory[512];
  TextBuffer text(memory, sizeof memory);
  write_end_chunk(text.add("clean=1\nstatus=").add_decimal(static_cast<std::uint32_t>(status) & 0xffffu));
  r.output.say_if_deleted();
  s.thread = s.memory = nullptr;
  r.phase.store(Phase::finished, std::memory_order_release);
}

void forked_child() {
  State& s = state;
  const Phase phase = the_recorder.phase.load(std::memory_order_relaxed);
  if (phase == Phase::off || phase == Phase::refused) { return; }
  Thread* thread = s.thread;
  if (begin_recording_of_child(s, thread) && thread != nullptr) {
    Section::enter(s);
    Task* running = thread->task;
    // The stream begins with the thread itself, under its old id: threads are numbered on.
    thread->own->kind = TaskKind::main;
    if (running != thread->own) {
      running->stack = thread->stack;
      thread->stack = thread->own->stack;
      thread->task = thread->own;
    }
    thread->filter.new_epoch();
    thread->last_load = LastLoad{};
    thread->last_change = LastChange{};
    if (thread->open_stream()) {
      s.thread = thread;
      write_start(*thread, *thread->own);
      if (running != thread->own) {
        switch_to(s, *thread, *running);
        write_start(*thread, *running);
      }
      choose_memory(s);
    }
    Section::leave(s);
    thread->kernel_id = static_cast<int>(sys::call(SYS_gettid));
    prepare_for_hangs();
  }
}

}  // namespace tenter::record
