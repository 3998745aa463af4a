#include "text_trace.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>

namespace tenter::analysis {

using trace::ChanFlag;
using trace::LockFlag;
using trace::LockKind;
using trace::MemoryKind;
using trace::MemoryOrder;
using trace::Op;
using trace::TaskKind;
using trace::WaitKind;

namespace {

constexpr std::uint64_t object_spacing_bytes = 1u << 20;

const std::map<std::string, MemoryOrder> orders = {
    {"relaxed", MemoryOrder::relaxed}, {"consume", MemoryOrder::consume}, {"acquire", MemoryOrder::acquire},
    {"release", MemoryOrder::release}, {"acq_rel", MemoryOrder::acq_rel}, {"seq_cst", MemoryOrder::seq_cst}};

const std::map<std::string, WaitKind> wait_kinds = {
    {"lock", WaitKind::lock}, {"shared_lock", WaitKind::shared_lock}, {"condition", WaitKind::condition},
    {"barrier", WaitKind::barrier}, {"semaphore", WaitKind::semaphore}, {"join", WaitKind::join},
    {"once", WaitKind::once}, {"send", WaitKind::chan_send}, {"recv", WaitKind::chan_recv},
    {"wait_group", WaitKind::wait_group}, {"sleep", WaitKind::sleep}, {"descriptor", WaitKind::descriptor},
    {"nil_send", WaitKind::nil_channel_send}, {"nil_recv", WaitKind::nil_channel_recv}, {"futex", WaitKind::futex},
    {"timed", WaitKind::timed}, {"private_futex", WaitKind::private_futex}};

const std::map<std::string, trace::MisuseKind> misuse_kinds = {
    {"send-on-closed-channel", trace::MisuseKind::send_on_closed_channel},
    {"close-of-closed-channel", trace::MisuseKind::close_of_closed_channel},
    {"close-of-nil-channel", trace::MisuseKind::close_of_nil_channel},
    {"negative-wait-group", trace::MisuseKind::negative_wait_group},
    {"unlock-of-unlocked-mutex", trace::MisuseKind::unlock_of_unlocked_mutex},
    {"double-lock", trace::MisuseKind::double_lock},
    {"destroy-of-locked-mutex", trace::MisuseKind::destroy_of_locked_mutex},
    {"uncaught-exception", trace::MisuseKind::uncaught_exception},
    {"all-asleep", trace::MisuseKind::all_tasks_asleep},
    {"wait-group-misuse", trace::MisuseKind::wait_group_misuse}};

struct LockVerb {
  Op op;
  std::uint8_t flags;
};
const std::map<std::string, LockVerb> lock_verbs = {
    {"create_lock", {Op::lock_create, 0}},
    {"destroy_lock", {Op::lock_destroy, 0}},
    {"lock", {Op::lock_acquire, 0}},
    {"unlock", {Op::lock_release, 0}},
    {"try_lock", {Op::lock_acquire, LockFlag::attempt}},
    {"lock_again", {Op::lock_acquire, LockFlag::again}},
    {"unlock_again", {Op::lock_release, LockFlag::again}},
    {"lock_shared", {Op::lock_acquire, LockFlag::shared}},
    {"unlock_shared", {Op::lock_release, LockFlag::shared}},
    {"try_lock_shared", {Op::lock_acquire, LockFlag::shared | LockFlag::attempt}},
    {"fail_lock", {Op::lock_look, 0}},
    {"fail_lock_shared", {Op::lock_look, LockFlag::shared}}};

// Verbs that take an object and, some of them, a number.
struct ObjectVerb {
  Op op;
  bool number;
  std::int64_t otherwise;   // the number where none is given
};
const std::map<std::string, ObjectVerb> object_verbs = {
    {"broadcast", {Op::cond_signal, false, 0}},
    {"wake", {Op::cond_wake, false, 0}},
    {"once_begin", {Op::once_begin, false, 0}},
    {"once_end", {Op::once_end, false, 0}},
    {"once_pass", {Op::once_pass, false, 0}},
    {"create_barrier", {Op::barrier_create, true, 2}},
    {"arrive", {Op::barrier_arrive, false, 0}},
    {"leave", {Op::barrier_leave, false, 0}},
    {"create_sem", {Op::sem_create, true, 0}},
    {"post", {Op::sem_post, true, 1}},
    {"sem_wait", {Op::sem_wait, true, 1}},
    {"fail_sem_wait", {Op::sem_look, true, 1}},
    {"acquire", {Op::acquire, false, 0}},
    {"release", {Op::release, false, 0}},
    {"create_wg", {Op::wg_create, false, 0}},
    {"add", {Op::wg_add, true, 1}},
    {"done", {Op::wg_add, true, -1}},
    {"pass", {Op::wg_pass, false, 0}},
    {"wake_futex", {Op::futex_wake, true, 1}}};

}  // namespace

struct TextTrace::Words {
  std::istringstream in;
  std::string next() {
    std::string word;
    in >> word;
    return word;
  }
  bool number(std::uint64_t& value) {
    std::int64_t read = 0;
    if (!(in >> read)) return false;
    value = static_cast<std::uint64_t>(read);
    return true;
  }
};

TextTrace::TextTrace() {
  Actor& main = actor("main");
  main.kind = TaskKind::main;
}

TextTrace::Actor& TextTrace::actor(const std::string& name) {
  for (Actor& known : actors_) {
    if (known.name == name) return known;
  }
  Actor& made = actors_.emplace_back();
  made.name = name;
  made.id = static_cast<TaskId>(actors_.size());
  made.kind = TaskKind::thread;
  return made;
}

std::uint64_t TextTrace::object(const std::string& name) {
  const auto [at, is_new] = objects_.try_emplace(name, (objects_.size() + 1) * object_spacing_bytes);
  if (is_new) names_[at->second] = name;
  return at->second;
}

std::string TextTrace::task_name(TaskId task) const {
  return index(task) >= 1 && index(task) <= actors_.size() ? actors_[index(task) - 1].name : "nobody";
}

std::string TextTrace::object_name(std::uint64_t address) const {
  const auto at = names_.find(address / object_spacing_bytes * object_spacing_bytes);
  if (at == names_.end()) return "?";
  return address == at->first ? at->second : at->second + "+" + std::to_string(address - at->first);
}

// name, name+offset, name:size or name+offset:size
bool TextTrace::place(const std::string& text, std::uint64_t& address, std::uint64_t& size) {
  const std::size_t plus = text.find('+');
  const std::size_t colon = text.find(':');
  const std::string name = text.substr(0, std::min(plus, colon));
  if (name.empty()) return false;
  address = object(name);
  if (plus != std::string::npos) address += std::strtoull(text.c_str() + plus + 1, nullptr, 0);
  if (colon != std::string::npos) size = std::strtoull(text.c_str() + colon + 1, nullptr, 0);
  return true;
}

Step& TextTrace::emit(Actor& actor, Op op, std::uint64_t object, std::uint64_t value, unsigned flags, unsigned arg) {
  Step step{};
  step.task = actor.id;
  step.event.op = op;
  step.event.object = object;
  step.event.value = value;
  step.event.flags = static_cast<std::uint8_t>(flags);
  step.event.arg = static_cast<std::uint8_t>(arg);
  step.event.has_ticket = trace::is_ordered(op);
  step.event.pc = line_;
  steps_.push_back(step);
  return steps_.back();
}

// ---- channels ------------------------------------------------------------------------------------------------

bool TextTrace::is_parked(const std::string& task) const {
  return std::any_of(actors_.begin(), actors_.end(),
                     [&](const Actor& one) { return one.name == task && !one.parked.empty(); });
}

std::string TextTrace::last_channel(const std::string& task) const {
  const auto at = std::find_if(actors_.begin(), actors_.end(), [&](const Actor& one) { return one.name == task; });
  return at == actors_.end() || at->last_channel == 0 ? std::string() : object_name(at->last_channel);
}

// Says what a partner has completed for this task meanwhile.
void TextTrace::settle(Actor& actor) {
  if (!actor.completed) return;
  const Case what = *actor.completed;
  actor.completed.reset();
  const unsigned line = line_;
  line_ = actor.parked_line;
  emit(actor, Op::chan_done, what.channel, 0,
       (what.send ? ChanFlag::send : 0u) | (actor.completed_by_close ? ChanFlag::closed : 0u));
  emit(actor, Op::wait_end, 0);
  line_ = line;
  actor.waits = false;
}

bool TextTrace::ready(const Case& what) {
  const Pipe& pipe = pipes_[what.channel];
  if (pipe.closed && !what.send) return true;
  if (what.send) return !pipe.receivers.empty() || pipe.filled < pipe.capacity;
  return !pipe.senders.empty() || pipe.filled > 0;
}

// The first in the queue, taken out of all queues that it is in.
std::uint32_t TextTrace::take_parked(std::deque<std::uint32_t>& queue, std::uint64_t channel, bool send, bool by_close) {
  const std::uint32_t id = queue.front();
  Actor& parked = actors_[id - 1];
  parked.completed = Case{channel, send};
  parked.last_channel = channel;
  parked.completed_by_close = by_close;
  for (const Case& one : parked.parked) {
    std::erase(pipes_[one.channel].senders, id);
    std::erase(pipes_[one.channel].receivers, id);
  }
  parked.parked.clear();
  return id;
}

// What is ready, goes ahead.
void TextTrace::perform(Actor& actor, const Case& what, unsigned flags) {
  Pipe& pipe = pipes_[what.channel];
  std::uint32_t partner = 0;
  actor.last_channel = what.channel;
  if (what.send) {
    if (!pipe.receivers.empty()) {
      partner = take_parked(pipe.receivers, what.channel, false, false);
    } else {
      ++pipe.filled;
    }
    emit(actor, Op::chan_send, what.channel, partner, flags | ChanFlag::send);
    return;
  }
  if (pipe.filled == 0 && pipe.senders.empty()) {
    emit(actor, Op::chan_recv, what.channel, 0, flags | ChanFlag::closed);
    return;
  }
  if (!pipe.senders.empty()) {
    partner = take_parked(pipe.senders, what.channel, true, false);   // its value takes the place of the one received
  } else {
    --pipe.filled;
  }
  emit(actor, Op::chan_recv, what.channel, partner, flags);
}

void TextTrace::tell_of(Actor& actor, const std::vector<Case>& cases) {
  for (const Case& one : cases)
    emit(actor, Op::select_case, one.channel, one.handle, (one.send ? ChanFlag::send : 0u) | (one.due ? ChanFlag::due : 0u));
}

void TextTrace::park(Actor& actor, std::vector<Case> cases, WaitKind kind) {
  const bool selects = kind == WaitKind::select;
  emit(actor, Op::wait_begin, selects ? 0 : cases.front().channel, static_cast<std::uint64_t>(kind));
  if (selects) tell_of(actor, cases);
  for (const Case& one : cases) {
    emit(actor, Op::chan_park, one.channel, 0, (one.send ? ChanFlag::send : 0u) | (selects ? ChanFlag::select : 0u));
    Pipe& pipe = pipes_[one.channel];
    (one.send ? pipe.senders : pipe.receivers).push_back(index(actor.id));
  }
  actor.parked = std::move(cases);
  actor.parked_line = line_;
  actor.waits = true;
}

// A channel that no line makes is made by main when it is first used.
TextTrace::Pipe& TextTrace::pipe(std::uint64_t address, bool make) {
  const auto [at, is_new] = pipes_.try_emplace(address);
  if (is_new && make) emit(actors_.front(), Op::chan_make, address);
  return at->second;
}

std::string TextTrace::channel(Actor& actor, const std::string& verb, Words& words) {
  const std::uint64_t address = object(words.next());
  Pipe& pipe = this->pipe(address, verb != "make" && verb != "adopt");
  if (verb == "adopt") {
    words.number(pipe.capacity);
  } else if (verb == "make") {
    std::uint64_t capacity = 0;
    words.number(capacity);
    pipe = Pipe{};
    pipe.capacity = capacity;
    emit(actor, Op::chan_make, address, capacity);
  } else if (verb == "destroy") {
    pipes_.erase(address);
    emit(actor, Op::chan_destroy, address);
  } else if (verb == "close") {
    if (pipe.closed) return "the channel is closed already";
    pipe.closed = true;
    emit(actor, Op::chan_close, address);
    while (!pipe.receivers.empty()) take_parked(pipe.receivers, address, false, true);
    while (!pipe.senders.empty()) take_parked(pipe.senders, address, true, true);
  } else if (verb == "timer_send") {
    if (!pipe.receivers.empty()) {
      const std::uint32_t partner = take_parked(pipe.receivers, address, false, false);
      emit(actor, Op::chan_timer_send, address, partner);
    } else if (pipe.filled < pipe.capacity) {
      ++pipe.filled;
      emit(actor, Op::chan_timer_send, address);
    }
  } else {
    const bool tries = verb.starts_with("try_");
    const Case what{address, verb.ends_with("send")};
    if (what.send && pipe.closed) return "the channel is closed";
    if (ready(what)) {
      perform(actor, what, tries ? ChanFlag::attempt : 0u);
    } else if (!tries) {
      park(actor, {what}, what.send ? WaitKind::chan_send : WaitKind::chan_recv);
    } else {
      emit(actor, Op::chan_look, address);
    }
  }
  return {};
}

std::string TextTrace::select(Actor& actor, Words& words) {
  std::vector<Case> cases;
  bool otherwise = false;
  for (std::string word = words.next(); !word.empty(); word = words.next()) {
    if (word == "otherwise") {
      otherwise = true;
      continue;
    }
    const std::size_t colon = word.find(':'), at = word.find('@');
    const std::string direction = word.substr(0, colon);
    if (colon == std::string::npos || (direction != "send" && direction != "recv" && direction != "due"))
      return "a case is send:CHANNEL[@HANDLE], recv:CHANNEL[@HANDLE], due:CHANNEL or otherwise";
    Case& one = cases.emplace_back();
    one.channel = object(word.substr(colon + 1, at - colon - 1));
    one.send = direction == "send";
    one.due = direction == "due";
    std::uint64_t size = 0;
    if (at != std::string::npos && !place(word.substr(at + 1), one.handle, size)) return "where is the handle?";
    pipe(one.channel, true);
  }
  actor.last_channel = 0;
  const auto chosen = std::find_if(cases.begin(), cases.end(), [&](const Case& one) { return ready(one); });
  if (chosen == cases.end() && !otherwise) {
    park(actor, std::move(cases), WaitKind::select);
  } else if (chosen != cases.end()) {
    const Case taken = *chosen;
    if (otherwise) cases.emplace_back();
    tell_of(actor, cases);
    perform(actor, taken, ChanFlag::select);
  } else {
    std::set<std::uint64_t> seen;
    for (const Case& one : cases)
      if (seen.insert(one.channel).second) emit(actor, Op::chan_look, one.channel);
  }
  return {};
}

// ---- the rest ------------------------------------------------------------------------------------------------------

std::string TextTrace::memory(Actor& actor, const std::string& verb, Words& words) {
  std::uint64_t address = 0;
  std::uint64_t size = verb == "free" ? 0 : 8;
  if (!place(words.next(), address, size)) return "which variable?";
  const std::string kind = words.next();
  const unsigned memory_kind = kind == "stack"     ? static_cast<unsigned>(MemoryKind::stack)
                               : kind == "mapping" ? static_cast<unsigned>(MemoryKind::mapping)
                                                   : static_cast<unsigned>(MemoryKind::heap);
  if (verb == "alloc") {
    emit(actor, Op::alloc, address, size, 0, memory_kind);
  } else if (verb == "free") {
    emit(actor, Op::free, address, size, 0, memory_kind);
  } else {
    emit(actor, Op::access_range, address, size, verb == "write" ? trace::AccessFlag::write : 0u);
  }
  return {};
}

std::string TextTrace::atomic(Actor& actor, const std::string& verb, Words& words) {
  std::uint64_t address = 0;
  std::uint64_t size = 8;
  if (verb != "fence" && !place(words.next(), address, size)) return "which atomic?";
  const auto order = orders.find(words.next());
  if (order == orders.end()) return "which memory order?";
  const Op op = verb == "load"    ? Op::atomic_load
                : verb == "store" ? Op::atomic_store
                : verb == "rmw"   ? Op::atomic_rmw
                                  : Op::fence;
  emit(actor, op, address, 0, static_cast<unsigned>(order->second), op == Op::fence ? 0u : static_cast<unsigned>(size));
  return {};
}

// handle CHANNEL both|send|recv PLACE [copied|moved], drop CHANNEL both|send|recv PLACE [moved]
std::string TextTrace::handle(Actor& actor, const std::string& verb, Words& words) {
  const std::uint64_t channel = object(words.next());
  const std::string can = words.next();
  std::uint64_t address = 0;
  std::uint64_t size = 8;
  if (can != "both" && can != "send" && can != "recv") return "a handle is for both, send or recv";
  if (!place(words.next(), address, size)) return "where is the handle?";
  const std::string how = words.next();
  const unsigned flags = (can != "recv" ? trace::HandleFlag::send : 0u) | (can != "send" ? trace::HandleFlag::receive : 0u) |
                         (how == "copied" ? trace::HandleFlag::copied : 0u) | (how == "moved" ? trace::HandleFlag::moved : 0u);
  emit(actor, verb == "handle" ? Op::handle_birth : Op::handle_death, channel, address, flags);
  return {};
}

std::string TextTrace::run(Actor& actor, Words& words) {
  const std::string verb = words.next();
  if (verb == "read" || verb == "write" || verb == "alloc" || verb == "free") return memory(actor, verb, words);
  if (verb == "load" || verb == "store" || verb == "rmw" || verb == "fence") return atomic(actor, verb, words);
  if (verb == "make" || verb == "adopt" || verb == "destroy" || verb == "close" || verb == "timer_send" || verb == "send" || verb == "recv" ||
      verb == "try_send" || verb == "try_recv") {
    return channel(actor, verb, words);
  }
  if (verb == "select") return select(actor, words);

  if (const auto lock = lock_verbs.find(verb); lock != lock_verbs.end()) {
    const std::uint64_t address = object(words.next());
    LockKind kind = LockKind::mutex;
    if (verb == "create_lock" && words.next() == "task_rwmutex") kind = LockKind::task_rwmutex;
    emit(actor, lock->second.op, address, 0, lock->second.flags, static_cast<unsigned>(kind));
    return {};
  }
  if (const auto plain = object_verbs.find(verb); plain != object_verbs.end()) {
    const std::uint64_t address = object(words.next());
    auto value = static_cast<std::uint64_t>(plain->second.otherwise);
    if (plain->second.number) words.number(value);
    emit(actor, plain->second.op, address, value, verb == "broadcast" ? 1u : 0u);
    return {};
  }
  if (verb == "signal") {   // signal COND [TASK]: the library says whom it wakes
    const std::uint64_t address = object(words.next());
    const std::string woken = words.next();
    const std::uint64_t id = woken.empty() ? 0 : index(this->actor(woken).id);
    emit(actor, Op::cond_signal, address, id);
    return {};
  }

  if (verb == "fork" || verb == "go") {
    const std::string name = words.next();
    const TaskId creator = actor.id;
    Actor& child = this->actor(name);   // may not move `actor`: a deque grows at its end
    if (child.started) return name + " exists already";
    child.kind = verb == "go" ? TaskKind::task : TaskKind::thread;
    emit(actors_[index(creator) - 1], Op::task_create, index(child.id), 0, 0, static_cast<unsigned>(child.kind));
    return {};
  }
  if (verb == "join" || verb == "detach") {
    Actor& other = this->actor(words.next());
    if (verb == "join" && !other.ended) {
      settle(other);
      emit(other, Op::task_end, index(other.id));
      other.ended = true;
    }
    emit(actor, verb == "join" ? Op::task_join : Op::task_detach, index(other.id));
    return {};
  }
  if (verb == "handle" || verb == "drop") return handle(actor, verb, words);
  if (verb == "stack") {   // stack PLACE TASK: a stack that was just made is this task's
    std::uint64_t address = 0;
    std::uint64_t size = 4096;
    if (!place(words.next(), address, size)) return "which stack?";
    emit(actor, Op::alloc, address, size, 0, static_cast<unsigned>(MemoryKind::stack));
    emit(actor, Op::task_stack, address, index(this->actor(words.next()).id));
    return {};
  }
  if (verb == "start") return {};   // whatever a task does first starts it
  if (verb == "end") {
    emit(actor, Op::task_end, index(actor.id));
    actor.ended = true;
    return {};
  }
  if (verb == "stays") {
    actor.stays = true;
    return {};
  }
  if (verb == "suspend") {
    emit(actor, Op::task_suspend, index(actor.id));
    return {};
  }
  if (verb == "waits") {
    const auto kind = wait_kinds.find(words.next());
    if (kind == wait_kinds.end()) return "which kind of wait?";
    const std::string what = words.next();
    const bool joins = kind->second == WaitKind::join;
    const std::uint64_t address = what.empty() ? 0 : joins ? index(this->actor(what).id) : object(what);
    emit(actor, Op::wait_begin, address, static_cast<std::uint64_t>(kind->second));
    actor.waits = true;
    return {};
  }
  if (verb == "goes_on") {   // goes_on [SECONDS_SINCE_THE_BEGINNING SECONDS_WAITED]
    std::uint64_t ended = 0, lasted = 0;
    words.number(ended);
    words.number(lasted);
    emit(actor, Op::wait_end, ended * 1'000'000, lasted * 1'000'000'000);
    actor.waits = false;
    return {};
  }
  if (verb == "misuse") {
    const auto kind = misuse_kinds.find(words.next());
    if (kind == misuse_kinds.end()) return "which misuse?";
    const std::string what = words.next();
    emit(actor, Op::misuse, what.empty() ? 0 : object(what), static_cast<std::uint64_t>(kind->second));
    return {};
  }
  return "no such verb: " + verb;
}

std::string TextTrace::line(std::string_view text) {
  ++line_;
  const std::size_t comment = text.find('#');
  std::string rest(text.substr(0, comment));
  if (const std::size_t mark = rest.find("<-"); mark != std::string::npos) {
    marked_.insert(line_);
    rest.resize(mark);
  }
  Words words{std::istringstream(rest)};
  const std::string name = words.next();
  if (name.empty()) return {};
  if (name == "incomplete") {
    complete_ = false;
    return {};
  }
  if (name == "expect") {
    std::string verdict;
    for (std::string word = words.next(); !word.empty(); word = words.next()) verdict += (verdict.empty() ? "" : " ") + word;
    if (verdict != "nothing") expected_.push_back(verdict);
    return {};
  }
  Actor& who = actor(name);
  if (who.ended) return name + " has ended";
  if (!who.parked.empty()) return name + " waits for a channel";
  if (!who.started) {
    who.started = true;
    emit(who, Op::task_start, index(who.id), 0, 0, static_cast<unsigned>(who.kind));
  }
  settle(who);
  return run(who, words);
}

const std::vector<Step>& TextTrace::finish() {
  for (Actor& one : actors_) {
    settle(one);
    if (one.kind != TaskKind::task || !one.started || one.ended || one.stays || one.waits) continue;
    one.ended = true;
    emit(one, Op::task_end, index(one.id));
  }
  return steps_;
}

}  // namespace tenter::analysis
