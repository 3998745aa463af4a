// What the checks of tasks and waits that stand in files of their own tell the user.
#include <clang/AST/DeclCXX.h>
#include <clang/AST/ExprCXX.h>
#include <clang/AST/StmtCXX.h>
#include <clang/Basic/SourceManager.h>

#include "lint/simulation.h"

namespace tenter::lint {

using namespace clang;

std::optional<Simulation::Told> Simulation::tell(const MeetingKey& key, const Meeting& meeting) const {
  const std::string name = key.variable != nullptr ? key.variable->getNameAsString() : name_of(key.object);
  const std::string quoted = "'" + name + "'";
  Told told;
  told.at = key.at;
  const auto note = [&](const Stmt* where, const std::string& text) {
    if (where != nullptr) told.notes.push_back({start_of(where), text});
  };
  const bool every_time = meeting.good == 0;
  switch (key.check) {
    case Check::loop_variable: {
      told.text = "the task refers to the loop variable " + quoted + ", which " +
                  (isa<CXXForRangeStmt>(loop_that_owns(key.variable, key.at)) ? "ends with this turn of the loop"
                                                                              : "the next turn of the loop changes");
      told.certain = !meeting.weak && (every_time || must_follow(key.at, meeting.since) ||
                                       (meeting.since != nullptr && dominates(key.at, meeting.since)));
      told.notes.push_back({key.variable->getLocation(), "declared here"});
      told.fixes = captured_by_value(key.at, key.variable);
      return told;
    }
    case Check::shared_write: {
      // Of several uses in one statement or after each other the first is enough.
      const SourceManager& sources = unit_.context().getSourceManager();
      for (const auto& [other, theirs] : meetings_)
        if (other.check == key.check && other.variable == key.variable && theirs.since == meeting.since &&
            theirs.bad != 0 && other.at != key.at &&
            sources.isBeforeInTranslationUnit(other.at->getBeginLoc(), key.at->getBeginLoc()))
          return std::nullopt;
      const bool by_itself = meeting.since == key.at;
      told.text = by_itself ? "the tasks that are started here all change " + quoted + ", and nothing orders them"
                            : quoted + " is used here beside a task, and nothing orders the two";
      told.certain = !meeting.weak && (every_time || must_follow(meeting.since, key.at));
      if (!by_itself) note(meeting.since, "the task is started here");
      note(meeting.because, by_itself ? "changed here" : "it uses " + quoted + " here");
      return told;
    }
    case Check::sleep_for_sync:
      told.text = "a sleep does not order the use of " + quoted + " after the task's";
      note(meeting.because, "the task uses it here");
      note(meeting.since, "and it is used here after the sleep");
      return told;
    case Check::block_under_lock:
      told.certain = !meeting.weak && every_time;
      if (told.certain) {
        told.text = "this waits for a task that needs " + quoted + ", which is held here";
        note(meeting.since, "locked here");
        note(meeting.because, "the task locks it here");
      } else {
        told.text = "this waits while " + quoted + " is held";
        note(meeting.since, "locked here");
        if (meeting.weak) note(meeting.because, "the wait that this call leads to");
      }
      return told;
    case Check::captures_this:
      told.certain = !meeting.weak && (every_time || (meeting.since != nullptr && dominates(key.at, meeting.since)));
      told.text = key.variable != nullptr
                      ? "a task that is started here uses " + quoted + ", which may end before the task does"
                      : "the task uses this object, and nothing in its class waits for the task when the object ends";
      if (key.variable != nullptr) told.notes.push_back({key.variable->getLocation(), "declared here"});
      return told;
    case Check::result_dropped:
      told.text = "the channel that comes back is dropped, so the task that answers on it waits for ever";
      note(meeting.because, "it sends here");
      return told;
    case Check::closed_spin:
      told.certain = !meeting.weak && every_time;
      told.text = "this loop does not see that " + (name.empty() ? std::string("the channel") : quoted) +
                  " is closed, and turns without waiting from then on";
      note(meeting.since, meeting.because != nullptr ? "the task that closes it is started here" : "closed here");
      note(meeting.because, "closed here");
      return told;
    default: return std::nullopt;
  }
}

}  // namespace tenter::lint
