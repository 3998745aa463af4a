// What is known at a point of a function, by property simulation (M. Das, S. Lerner, M. Seigle, "ESP: Path-Sensitive
// Program Verification in Polynomial Time", PLDI 2002). A Disjunct stands for the paths on which the same holds for all
// objects; facts about branches are kept as far as these paths agree on them. A State is the set of disjuncts.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include <clang/AST/Stmt.h>

#include "lint/place.h"

namespace tenter::lint {

// Numbers of what a simulation keeps in tables of its own.
using SpawnId = std::uint32_t;
using FactKey = std::uint32_t;

enum class Status : std::uint8_t {
  unknown,
  open,    // a channel; of a lock: free
  closed,  // a channel; of a lock: held by this path
};

// Of one object, on one path.
struct ObjectState {
  Status status = Status::unknown;
  bool sent = false, received = false, ranged = false;  // on all paths of the disjunct
  bool settled = false;                                 // closed (a lock: let go) by this function on the path
  bool shared = false;                                  // others may use it meanwhile: a task, or somebody unknown
  bool escaped = false;                                 // others may use it in ways that are not known
  bool counted = false;                                 // a wait group: something was added on the path
  std::int8_t queued = 0;                               // values in the buffer as long as nobody shares it; -1: unknown
  bool shared_lock = false;                             // held for reading
  const clang::Stmt* since = nullptr;                   // what made the status what it is
  const clang::Stmt* turned = nullptr;                  // the select that has taken it closed, and could not tell
  const clang::Stmt* left_to = nullptr;                 // the call that gave the closing away, for good

  friend bool operator==(const ObjectState&, const ObjectState&) = default;
};

struct Disjunct {
  std::map<PlaceId, ObjectId> held;             // places that hold another object than at entry
  std::map<ObjectId, ObjectState> objects;      // those of which something is known
  std::set<SpawnId> pending;                    // tasks that nothing was heard of since they were started
  std::set<SpawnId> spawned;                    // all that were started, also those
  std::set<SpawnId> repeated;                   // those of them that were started more than once
  std::map<SpawnId, const clang::Stmt*> slept;  // those of the pending ones after whose start the path slept, and where
  bool synced = false;                          // something may have been waited for since the function began
  bool waited = false;                          // the same, by something that is known to wait
  std::map<FactKey, std::int64_t> facts;        // values of variables and of conditions

  bool same_objects(const Disjunct& other) const {
    return held == other.held && objects == other.objects && pending == other.pending && spawned == other.spawned &&
           repeated == other.repeated && slept == other.slept && synced == other.synced && waited == other.waited;
  }
};

class State {
 public:
  static constexpr std::size_t most_disjuncts = 24;

  // True: something is new.
  bool join(const Disjunct& disjunct);
  const std::vector<Disjunct>& disjuncts() const { return disjuncts_; }
  bool empty() const { return disjuncts_.empty(); }
  // There were more than can be told apart: what is left holds for all paths, and says less.
  bool widened() const { return widened_; }

 private:
  std::vector<Disjunct> disjuncts_;
  bool widened_ = false;
};

// What holds for both.
Disjunct common(const Disjunct& a, const Disjunct& b);

}  // namespace tenter::lint
