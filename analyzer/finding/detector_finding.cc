// What another detector reports beside races. Its words for it are ThreadSanitizer's.
#include <algorithm>
#include <array>

#include "finding/collect.h"
#include "finding/fingerprint.h"

namespace tenter::analysis {
namespace {

struct ToldWords {
  std::string_view what;
  const char* kind;
  const char* severity;
  const char* certainty;
  const char* role;
  const char* message;
  const char* explanation;
};

constexpr std::array<ToldWords, 10> words = {{
    {"lock-order-inversion", "lock-order-inversion", "warning", "predicted", "lock",
     "locks are taken in different orders",
     "Each of these places takes a lock while another one is held. Together the orders form a cycle, in which tasks can come to "
     "wait for each other for good. Whether something else keeps them apart is not considered in this mode."},
    {"thread-leak", "thread-leak", "warning", "observed", "create", "a thread is neither joined nor detached",
     "The thread had ended when the program did, and nobody had joined or detached it."},
    {"locked-mutex-destroy", "destroy-of-locked-mutex", "error", "observed", "destroy",
     "a mutex is destroyed while it is locked",
     "Whoever holds it or waits for it goes on with a mutex that is no more."},
    {"mutex-destroy-locked", "destroy-of-locked-mutex", "error", "observed", "destroy",
     "a mutex is destroyed while it is locked",
     "Whoever holds it or waits for it goes on with a mutex that is no more."},
    {"mutex-double-lock", "double-lock", "error", "observed", "lock", "a thread locks a mutex that it holds already",
     "The mutex is not recursive: only the thread itself could release it, and it never gets there."},
    {"mutex-bad-unlock", "unlock-of-unlocked-mutex", "error", "observed", "unlock",
     "a mutex is unlocked that this thread does not hold", "Every unlock needs a lock before it, by the same thread."},
    {"mutex-bad-read-unlock", "unlock-of-unlocked-mutex", "error", "observed", "unlock",
     "a read-write lock is unlocked for reading that is not locked so",
     "Every unlock needs a lock of the same kind before it, by the same thread."},
    {"mutex-bad-read-lock", "double-lock", "error", "observed", "lock",
     "a read-write lock is locked for reading by the thread that has it locked for writing",
     "Only the thread itself could release it, and it never gets there."},
    {"signal-unsafe-call", "signal-unsafe-call", "error", "observed", "call",
     "a signal handler calls a function that may not be called there",
     "The handler may interrupt that very function, which then finds its data half changed or its lock taken."},
    {"errno-in-signal-handler", "signal-unsafe-call", "error", "observed", "call", "a signal handler changes errno",
     "What the handler interrupted may look at errno right after it; a handler has to leave it as it was."},
}};

const ToldWords* words_for(std::string_view what) {
  const auto found = std::find_if(words.begin(), words.end(), [&](const ToldWords& one) { return one.what == what; });
  return found == words.end() ? nullptr : &*found;
}

}  // namespace

bool has_kind(const ToldCandidate& told) { return words_for(told.what) != nullptr; }

Finding told_finding(const ToldCandidate& told, Describer& describe) {
  const ToldWords* const say = words_for(told.what);
  Finding finding;
  if (say == nullptr) return finding;
  finding.kind = say->kind;
  finding.certainty = say->certainty;
  finding.severity = say->severity;
  finding.message = say->message;
  finding.explanation = say->explanation;
  finding.found_by = {"tsan"};
  std::vector<std::string> sites;
  for (const ToldCandidate::Place& place : told.places) {
    Side side;
    side.role = say->role;
    side.task = describe.task(place.task);
    side.stack = describe.stack(place.where);
    sites.push_back(site_key(side.stack));
    finding.locations.push_back(location_of(side.stack));
    finding.sides.push_back(std::move(side));
  }
  std::vector<std::string> names;
  for (const std::uint64_t mutex : told.mutexes) names.push_back(quoted_name(describe.lock(mutex).name));
  if (!names.empty()) finding.message += " (" + in_words(names) + ')';
  if (told.mutexes.size() == 1) finding.object = describe.lock_object(told.mutexes.front());
  if (const std::string at = finding.sides.empty() ? std::string() : place_of(finding.sides.front().stack); !at.empty())
    finding.message += " at " + at;
  finding.fingerprint = fingerprint(finding.kind, "", rotated_to_smallest(std::move(sites)));
  return finding;
}

}  // namespace tenter::analysis
