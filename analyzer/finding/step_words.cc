#include "finding/step_words.h"

#include <optional>

namespace tenter::analysis {
namespace {

using trace::Op;

struct Words {
  const char* verb;
  enum class Object { none, lock, channel, task, other } object;
};

std::optional<Words> words_of(Op op, std::uint8_t flags) {
  using Object = Words::Object;
  switch (op) {
    case Op::access_range: return Words{(flags & trace::AccessFlag::write) != 0 ? "write" : "read", Object::none};
    case Op::atomic_load: return Words{"atomic read", Object::none};
    case Op::atomic_store: return Words{"atomic write", Object::none};
    case Op::atomic_rmw: return Words{"atomic read-modify-write", Object::none};
    case Op::free: return Words{"free", Object::none};
    case Op::lock_acquire: return Words{"lock", Object::lock};
    case Op::lock_release: return Words{"unlock", Object::lock};
    case Op::lock_look: return Words{"fail to lock", Object::lock};
    case Op::cond_signal: return Words{"signal", Object::other};
    case Op::cond_wake: return Words{"wake from", Object::other};
    case Op::futex_wake: return Words{"wake waiters of", Object::other};
    case Op::barrier_arrive: return Words{"arrive at", Object::other};
    case Op::barrier_leave: return Words{"leave", Object::other};
    case Op::sem_post: return Words{"post", Object::other};
    case Op::sem_wait: return Words{"wait for", Object::other};
    case Op::sem_look: return Words{"look at", Object::other};
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
    case Op::chan_look: return Words{"look at", Object::channel};
    default: return std::nullopt;
  }
}

}  // namespace

std::string step_words(Op op, std::uint8_t flags, std::uint64_t object, Describer& describe) {
  const std::optional<Words> words = words_of(op, flags);
  if (!words) return {};
  const std::string verb = words->verb;
  switch (words->object) {
    case Words::Object::none: return verb;
    case Words::Object::lock: return verb + ' ' + quoted_name(describe.lock(object).name);
    case Words::Object::task: return verb + ' ' + call_task(describe.task(static_cast<TaskId>(object)));
    case Words::Object::channel: {
      const std::string name = describe.channel_object(object).name;
      if (name.empty()) return verb + " a channel";
      return verb + (quoted_name(name) == name ? " the channel " : " channel ") + quoted_name(name);
    }
    case Words::Object::other: {
      const std::string name = describe.other_object(object, "object").name;
      return verb + (name.empty() ? std::string() : ' ' + quoted_name(name));
    }
  }
  return verb;
}

}  // namespace tenter::analysis
