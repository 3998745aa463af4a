// A schedule in words: who goes on, how far, and what is done there.
#include <optional>

#include "finding/collect.h"

namespace tenter::analysis {
namespace {

using trace::Op;

struct Words {
  const char* verb;
  enum class Object { none, lock, channel, task, other } object;
};

std::optional<Words> words_of(const Turn& turn) {
  using Object = Words::Object;
  switch (turn.op) {
    case Op::access_range: return Words{(turn.flags & trace::AccessFlag::write) != 0 ? "write" : "read", Object::none};
    case Op::atomic_load: return Words{"atomic read", Object::none};
    case Op::atomic_store: return Words{"atomic write", Object::none};
    case Op::atomic_rmw: return Words{"atomic read-modify-write", Object::none};
    case Op::free: return Words{"free", Object::none};
    case Op::lock_acquire: return Words{"lock", Object::lock};
    case Op::lock_release: return Words{"unlock", Object::lock};
    case Op::cond_signal: return Words{"signal", Object::other};
    case Op::cond_wake: return Words{"wake from", Object::other};
    case Op::barrier_arrive: return Words{"arrive at", Object::other};
    case Op::barrier_leave: return Words{"leave", Object::other};
    case Op::sem_post: return Words{"post", Object::other};
    case Op::sem_wait: return Words{"wait for", Object::other};
    case Op::wg_add: return Words{"add to or finish", Object::other};
    case Op::wg_pass: return Words{"wait for", Object::other};
    case Op::once_begin: return Words{"begin the initialization", Object::none};
    case Op::once_end: return Words{"end the initialization", Object::none};
    case Op::task_create: return Words{"create", Object::task};
    case Op::task_join: return Words{"join", Object::task};
    case Op::chan_make: return Words{"make", Object::channel};
    case Op::chan_send:
    case Op::chan_timer_send: return Words{"send to", Object::channel};
    case Op::chan_recv: return Words{"receive from", Object::channel};
    case Op::chan_park: return Words{"wait at", Object::channel};
    case Op::chan_done: return Words{"go on from", Object::channel};
    case Op::chan_close: return Words{"close", Object::channel};
    default: return std::nullopt;
  }
}

std::string does(const Turn& turn, Describer& describe) {
  const std::optional<Words> words = words_of(turn);
  if (!words) return {};
  const std::string verb = words->verb;
  switch (words->object) {
    case Words::Object::none: return verb;
    case Words::Object::lock: return verb + ' ' + quoted_name(describe.lock(turn.object).name);
    case Words::Object::task: return verb + ' ' + call_task(describe.task(static_cast<TaskId>(turn.object)));
    case Words::Object::channel: {
      const std::string name = describe.channel_object(turn.object).name;
      return verb + (name.empty() ? " a channel" : " channel " + quoted_name(name));
    }
    case Words::Object::other: {
      const std::string name = describe.other_object(turn.object, "object").name;
      return verb + (name.empty() ? std::string() : ' ' + quoted_name(name));
    }
  }
  return verb;
}

}  // namespace

WitnessRef witness_of(const Witness& witness, Describer& describe) {
  WitnessRef told{witness.analysis, witness.steps, witness.earlier_turns, {}};
  for (const Turn& turn : witness.turns) {
    TurnRef& one = told.schedule.emplace_back();
    one.task = index(turn.task);
    one.name = call_task(describe.task(turn.task));
    one.steps = turn.steps;
    one.does = does(turn, describe);
    one.at = location_of(describe.stack(turn.where));
    // An offset in a library tells nobody anything.
    if (one.at.line == 0 && one.at.function.starts_with('+')) one.at = Location{};
  }
  return told;
}

}  // namespace tenter::analysis
