// Misuse of channels, locks and wait groups.
#include <algorithm>
#include <array>
#include <string_view>

#include "base/check.h"
#include "finding/collect.h"
#include "finding/fingerprint.h"

namespace tenter::analysis {
namespace {

struct MisuseWords {
  const char* kind;
  const char* role;
  const char* did;         // the same in a sentence
  const char* other_role;  // of the earlier place, where there is one
  const char* object;      // channel, mutex, wait-group, or none
  const char* message;
  const char* explanation;
};

constexpr std::array<MisuseWords, 10> words = {{
    {"send-on-closed-channel", "send", "sent", "close", "channel", "send on a closed channel",
     "A channel may be closed only by a side that knows that nobody sends any more; this send came after the close."},
    {"close-of-closed-channel", "close", "closed it", "close", "channel", "a channel is closed a second time",
     "Only one task may close a channel, once; this close came after another."},
    {"close-of-nil-channel", "close", "closed it", "", "", "a nil channel is closed",
     "The handle was never given a channel (it is default-constructed), so there is nothing to close."},
    {"negative-wait-group", "done", "called done()", "", "wait-group", "a wait group's counter became negative",
     "done() was called more often than add() had announced."},
    {"unlock-of-unlocked-mutex", "unlock", "unlocked it", "unlock", "mutex", "a mutex is unlocked that nobody holds",
     "Every unlock needs a lock before it that no other unlock has used up."},
    {"double-lock", "lock", "locked it again", "lock", "mutex", "a task locks a mutex that it holds already",
     "The mutex is not recursive: only the task itself could release it, and it never gets there."},
    {"destroy-of-locked-mutex", "destroy", "destroyed it", "lock", "mutex", "a mutex is destroyed while it is locked",
     "Whoever holds it or waits for it goes on with a mutex that is no more."},
    {"uncaught-exception", "create", "", "", "", "an exception left a task",
     "It threw what no handler in it caught, and that ended the program."},
    {"deadlock", "wait", "waited", "", "", "deadlock: all tasks are asleep",
     "The program found every task and thread waiting, with nothing left to wake one, and ended itself."},
    {"wait-group-misuse", "add", "added to it", "wait", "wait-group",
     "an add to a wait group at zero is not ordered with a wait",
     "Nothing orders this add, which raises the counter from zero, with the wait: in another schedule the wait returns "
     "before the work was announced."},
}};

constexpr MisuseWords unlock_by_other = {
    "unlock-by-other-task",
    "unlock",
    "unlocked it",
    "lock",
    "mutex",
    "a mutex is unlocked by another task than the one that locked it",
    "That hands the lock over, which is allowed here but easily forgotten; a channel or a semaphore says it better."};

// Of what did not happen in this run.
constexpr std::array<MisuseWords, 3> foreseen = {{
    {"send-on-closed-channel", "send", "sent", "close", "channel", "a send on a channel is not ordered with its close",
     "Nothing orders this send with the close of its channel: in another schedule the close comes first, and the send "
     "throws."},
    {"negative-wait-group", "done", "called done()", "add", "wait-group",
     "a done of a wait group does not wait for the add that it needs",
     "Nothing orders this done after the add that it needs: in another schedule the counter falls below zero, and done() "
     "throws."},
    {"unlock-of-unlocked-mutex", "unlock", "unlocked it", "lock", "mutex",
     "an unlock is not ordered with another task's lock",
     "Nothing orders this unlock after the lock that it ends, which is another task's: in another schedule nobody holds the "
     "mutex yet."},
}};

const MisuseWords& words_for(const MisuseCandidate& misuse) {
  const auto which = static_cast<std::size_t>(misuse.kind);
  TENTER_CHECK(which < words.size(), "collect_findings() passes on the kinds that it knows");
  const auto other = std::find_if(foreseen.begin(), foreseen.end(), [&](const MisuseWords& one) {
    return misuse.predicted && std::string_view(one.kind) == words[which].kind;
  });
  if (other != foreseen.end()) return *other;
  // A task mutex has no owner, so that another task unlocks it is allowed, and worth a note.
  if (misuse.kind == trace::MisuseKind::unlock_of_unlocked_mutex && misuse.other_task != no_task)
    return unlock_by_other;
  return words[which];
}

// What the program said of the exception, in pieces: the names of the bytes from `object` on.
std::string exception_at(std::uint64_t object, const World& world) {
  std::string text;
  for (std::uint64_t i = 0; object != 0; ++i) {
    const std::string piece = world.name_of(object + i);
    if (piece.empty()) break;
    text += piece;
  }
  return text;
}

}  // namespace

Finding misuse_finding(const MisuseCandidate& misuse, Describer& describe) {
  const MisuseWords& say = words_for(misuse);
  Finding finding;
  finding.kind = say.kind;
  finding.certainty = misuse.predicted ? "predicted" : "observed";
  finding.severity = &say == &unlock_by_other ? "note" : misuse.predicted ? "warning" : "error";
  finding.count = misuse.count;

  const std::string object_kind = say.object;
  std::string key;
  if (misuse.object != 0) {
    if (object_kind == "channel") {
      finding.object = describe.channel_object(misuse.object);
      key = describe.channel_key(misuse.object);
    } else if (object_kind == "mutex") {
      finding.object = describe.lock_object(misuse.object);
      key = describe.lock_key(misuse.object);
    } else if (!object_kind.empty()) {
      finding.object = describe.other_object(misuse.object, object_kind);
      key = finding.object->name;
    }
  }
  Side side;
  side.role = say.role;
  side.task = describe.task(misuse.task);
  // That an exception has left a task is seen when its stack is gone; what is known is where the task comes from.
  const bool from_creation = misuse.kind == trace::MisuseKind::uncaught_exception;
  side.stack = from_creation ? side.task.created_at : describe.stack(misuse.where);
  finding.message = say.message;
  if (const std::string exception = from_creation ? exception_at(misuse.object, describe.world()) : "";
      !exception.empty()) {
    finding.message += ": " + exception;
    key = exception.substr(0, exception.find(": "));  // the type: the text may be another one in each run
  }
  if (finding.object && !finding.object->name.empty())
    finding.message += " (" + quoted_name(finding.object->name) + ')';
  finding.explanation = call_task_first(side.task) + ' ' + (from_creation ? "was created" : say.did) + " at " +
                        place_of(side.stack) + ". " + say.explanation;
  // Without a name for the object, the line within the function tells two of them apart.
  std::vector<std::string> parts = {site_key(side.stack, from_creation || key.empty())};
  finding.locations.push_back(location_of(side.stack));
  finding.sides.push_back(std::move(side));
  if (misuse.other.pc != 0) {
    Side other;
    other.role = say.other_role;
    other.task = describe.task(misuse.other_task);
    other.stack = describe.stack(misuse.other);
    const bool before = misuse.kind != trace::MisuseKind::wait_group_misuse && !misuse.predicted;
    finding.explanation += " The " + std::string(say.other_role) + (before ? " before it was at " : " was at ") +
                           place_of(other.stack) + ", by " + call_task(other.task) + '.';
    finding.locations.push_back(location_of(other.stack));
    finding.sides.push_back(std::move(other));
  }
  finding.fingerprint = fingerprint(finding.kind, key, parts);
  return finding;
}

}  // namespace tenter::analysis
