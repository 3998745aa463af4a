// Simulation goes through one function's control flow until nothing new comes of it, then once more to see what each
// operation meets on which paths. What it saw becomes findings, and the function's Summary.
//
// An operation that meets trouble on every path that reaches it is certain to be wrong. So is one that must come after what
// makes it wrong, on all of that one's paths: `if (failed) c.close(); c.close();`. All else is only possible.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include <clang/Analysis/Analyses/Dominators.h>
#include <clang/Analysis/CFG.h>

#include "lint/body.h"
#include "lint/facts.h"
#include "lint/state.h"
#include "lint/unit.h"

namespace tenter::lint {

// Where it is for the programmer. Of a function's body: its end.
clang::SourceLocation start_of(const clang::Stmt* statement);

// What a contract says of the channel.
Effect promised(const Contract& contract);

// Does nobody look at what the call returns?
bool is_dropped(const clang::CallExpr& call, const Body& body);
// Does the class have a part that waits for tasks when it ends? Of classes that are not in sight: yes.
bool mentions_waiting_type(clang::QualType type, const Model& model, unsigned depth = 0);
// Does the statement end a test in which an assertion of GoogleTest has failed? What it leaves behind troubles nobody.
bool is_failed_assertion(const clang::Stmt& statement);
// Does the block end by an exception, a function that does not return, or such an assertion?
bool ends_by_failure(const clang::CFGBlock& block);

class Simulation {
 public:
  Simulation(Unit& unit, const clang::FunctionDecl& function);
  ~Simulation();

  // Empty where the function is too much for us.
  std::unique_ptr<Summary> run();

 private:
  using Value = std::optional<ObjectId>;
  enum class How { plain, tried, selected };

  // Something callable, with what it was given.
  struct Callable {
    const clang::FunctionDecl* function = nullptr;
    const clang::LambdaExpr* lambda = nullptr;
    const clang::Expr* object = nullptr;  // of a method
    std::vector<const clang::Expr*> arguments;
  };
  struct Spawn {
    const clang::Stmt* at = nullptr;
    std::vector<std::pair<ObjectId, Effect>> effects;
    std::vector<const clang::VarDecl*> by_reference;
    std::vector<Use> uses;
    std::optional<ObjectId> group;  // the wait group that counts it
    bool refers_to_this = false;
    std::vector<const clang::VarDecl*> inside_of;  // the variables of which it uses members as its own
    const clang::LambdaExpr* lambda = nullptr;     // what it runs, if that is one
  };
  // What an operation meets, over all paths.
  struct Meeting {
    unsigned bad = 0, good = 0;
    bool weak = false;  // not even on a bad path is it sure to happen
    const clang::Stmt* since = nullptr;
    const clang::Stmt* because = nullptr;  // inside of what `since` calls
  };
  struct MeetingKey {
    Check check;
    const clang::Stmt* at;
    ObjectId object;
    const clang::ValueDecl* variable;
    auto operator<=>(const MeetingKey&) const = default;
  };

  // simulation.cc: the control flow
  void iterate();
  void visit(const clang::CFGBlock& block, std::vector<Disjunct> states, std::vector<Disjunct>* at_end);
  bool follow(const clang::CFGBlock& block, unsigned successor, Disjunct& disjunct);
  void see_exits();
  std::unique_ptr<Summary> summarize();
  void see_tried(const clang::Expr* condition, bool outcome, Disjunct& d);
  std::optional<bool> says_nil(const clang::Expr* condition, Disjunct& d);
  bool dominates(const clang::Stmt* a, const clang::Stmt* b) const;
  bool must_follow(const clang::Stmt* since, const clang::Stmt* at) const;
  bool leaves_for_good(const clang::Stmt* lock, ObjectId object) const;

  // transfer.cc: one element
  void step(const clang::CFGElement& element, Disjunct& d, std::vector<Disjunct>& forks);
  void declare(const clang::DeclStmt& statement, Disjunct& d);
  void construct(const clang::CXXConstructExpr& construction, Disjunct& d);
  void assign(const clang::Expr* target, const clang::Expr* source, const clang::Stmt* at, Disjunct& d);
  void destroy(const clang::VarDecl& variable, Disjunct& d);
  void end_lifetime(const clang::VarDecl& variable, const clang::Stmt* at, Disjunct& d);

  // values.cc: which object
  Value value(const clang::Expr* expression, Disjunct& d);
  Value object_at(PlaceId place, const Disjunct& d) const;
  ObjectId made_anew(const Object& object, Disjunct& d);
  void put(PlaceId place, Value object, const clang::Stmt* at, Disjunct& d);
  void forget_below(const Place& whole, const clang::Stmt* at, Disjunct& d);
  void forget_foreign(const clang::Stmt* at, Disjunct& d);
  bool is_own(const Place& place) const;
  bool is_nil(ObjectId object) const;
  bool is_made(ObjectId object) const;
  std::optional<std::int64_t> capacity(ObjectId object) const;

  // calls.cc: other functions
  bool calls_matter(Summary& plainly);
  const Summary* summary_for(const clang::FunctionDecl& function);
  const clang::FunctionDecl* body_of(const clang::FunctionDecl& callee) const;
  void call(const clang::CallExpr& call, Disjunct& d, std::vector<Disjunct>& forks);
  void unknown_call(const clang::FunctionDecl* callee, const clang::Stmt* at, const clang::Expr* object,
                    llvm::ArrayRef<const clang::Expr*> arguments, Disjunct& d);
  std::optional<Callable> callable(const clang::Expr* expression, llvm::ArrayRef<const clang::Expr*> arguments);
  void apply(const Callable& callee, const clang::Stmt* at, Disjunct& d, bool at_most_once = false);
  void spawn(const clang::Expr* function, llvm::ArrayRef<const clang::Expr*> arguments, const clang::Stmt* at,
             Disjunct& d, Value group = std::nullopt);
  Value translate(PlaceId place, const Callable& callee, Disjunct& d);
  std::optional<PlaceId> translate_place(PlaceId place, const Callable& callee, Disjunct& d);
  void escape(const clang::Expr* expression, Disjunct& d);
  void may_be_let_go(ObjectId lock, Disjunct& d);
  void escape(ObjectId object, Disjunct& d);
  bool turns_idly(const clang::CallExpr& call, const clang::Expr* idle_handler, std::size_t idle) const;
  void select(const clang::CallExpr& call, Disjunct& d, std::vector<Disjunct>& forks);

  // operations.cc: what is done to an object
  void send(Value object, const clang::Stmt* at, How how, Disjunct& d);
  void recv(Value object, const clang::Stmt* at, How how, Disjunct& d);
  void close(Value object, const clang::Stmt* at, Disjunct& d);
  void lock(Value object, const clang::Stmt* at, bool shared, Disjunct& d);
  void unlock(Value object, const clang::Stmt* at, Disjunct& d);
  void see_unlock(ObjectId object);
  bool holds_by_itself(ObjectId object, const Disjunct& d) const;
  bool is_partner(ObjectId object, const clang::Stmt* unlock, const Disjunct& d) const;
  const clang::ValueDecl* lasting_lock(ObjectId object) const;
  std::optional<LockId> identity(ObjectId object) const;
  void take(LockId lock, bool shared, const clang::Stmt* at, const clang::Stmt* inside, const Disjunct& d);
  void check_send(ObjectId object, const clang::Stmt* at, bool weak, const clang::Stmt* inside, Disjunct& d);
  void check_close(ObjectId object, const clang::Stmt* at, bool weak, const clang::Stmt* inside, Disjunct& d);
  void apply_effect(ObjectId object, const Effect& effect, const clang::Stmt* at, bool at_most_once, Disjunct& d);
  void start(SpawnId id, Disjunct& d);
  void sync(Disjunct& d, bool for_certain = true);
  Effect& effect_on(ObjectId object);
  void meet(Check check, const clang::Stmt* at, ObjectId object, bool bad, const clang::Stmt* since,
            const clang::Stmt* because = nullptr, bool weak = false, const clang::ValueDecl* variable = nullptr);

  // shared_variables.cc: variables that tasks use
  void count_guards(PlaceId place, bool writes, const clang::Stmt& at, const Disjunct& d);
  void see_uses(const clang::Stmt& statement, Disjunct& d);
  void use(const Use& what, bool sure, Disjunct& d);
  std::vector<Use> surest_uses() const;
  void use_beside(SpawnId task, const Use& theirs, const Use& mine, bool sure, const Disjunct& d);
  void use_through(const Callable& callee, const Summary& summary, const clang::Stmt* at, bool at_most_once,
                   Disjunct& d);
  bool is_shareable(const Place& place) const;
  bool happens_always() const;
  bool is_exported(const Place& place) const;
  std::vector<Use> uses_of(const Callable& callee, const Summary& summary, Disjunct& d);
  void start_beside_others(SpawnId id, Disjunct& d);
  bool starts_one_by_one(const clang::Stmt* start) const;
  void see_sleep(const clang::Stmt* at, Disjunct& d);
  const clang::Stmt* loop_that_owns(const clang::ValueDecl* variable, const clang::Stmt* inside) const;
  std::vector<FixIt> captured_by_value(const clang::Stmt* spawn, const clang::ValueDecl* variable) const;

  // block_under_lock.cc: waits with a lock held
  void see_wait(const clang::Stmt* at, Value object, const clang::Stmt* inside, Disjunct& d);
  bool waits_for_holder(const Spawn& task, ObjectId lock, const clang::Stmt* at, Value object, const Disjunct& d) const;

  // captures_this.cc: tasks that use the object of a method
  bool refers_to_this(const Callable& callee) const;
  void see_object(const Callable& callee, Spawn& spawned);
  bool keeps_tasks(const clang::CXXRecordDecl& record) const;
  void see_objects_of_tasks(const clang::Stmt* at, const Disjunct& d);
  void start_tasks_of(const clang::CXXConstructExpr& construction, Disjunct& d);

  // answers.cc: channels that come back from a function while a task sends on them
  void see_returned(Value channel, const clang::Stmt* at, const Disjunct& d);
  void see_dropped(const clang::CallExpr& call);

  // closed_spin.cc: selects that a closed channel keeps turning
  void see_closed_case(const clang::CallExpr& select, Value channel, const clang::Expr* handler, Disjunct& d);

  // shared_findings.cc: what the four above tell the user
  struct Told {
    const clang::Stmt* at = nullptr;
    std::string text;
    bool certain = true;
    std::vector<Note> notes;
    std::vector<FixIt> fixes;
  };
  std::optional<Told> tell(const MeetingKey& key, const Meeting& meeting) const;

  // outcome.cc, lost_handles.cc, lost_done.cc, lost_threads.cc: findings
  void report_all();
  void report_unclosed_ranges();
  void report_lost_handles();
  void report_lost_done();
  void report_skipped_done(const clang::VarDecl& group, llvm::ArrayRef<const clang::CallExpr*> adds,
                           llvm::ArrayRef<const clang::CallExpr*> dones);
  void report_lost_threads();
  void see_exit(const clang::Stmt* at, const Disjunct& d);
  void see_kept_locks(const Disjunct& d);
  // Local variables that the function declares, of such types.
  std::vector<const clang::VarDecl*> locals(llvm::function_ref<bool(clang::QualType)> is_meant) const;
  const clang::VarDecl* own_lock(ObjectId object) const;  // a local variable of the function
  void see_left_sender(ObjectId object, const clang::Stmt* at, const Disjunct& d);
  bool may_skip(const Spawn& receiver, const Effect& effect, const Spawn* sender) const;
  std::pair<const Spawn*, const Effect*> receiver_that_may_skip(ObjectId object) const;
  bool asks_for_all(const Spawn& receiver, const clang::Stmt* send) const;
  void report(Check check, bool certain, const clang::Stmt* at, const std::string& text, const std::string& object,
              std::vector<Note> notes, std::vector<FixIt> fixes = {});
  std::string name_of(ObjectId object) const;
  bool unlocks(ObjectId object) const;

  Unit& unit_;
  const clang::FunctionDecl& function_;
  Body body_;
  std::unique_ptr<clang::CFG> cfg_;
  std::unique_ptr<clang::CFGDomTree> dominators_;
  std::unique_ptr<clang::CFGPostDomTree> postdominators_;
  llvm::DenseMap<const clang::Stmt*, std::pair<const clang::CFGBlock*, unsigned>> where_;
  Facts facts_;
  std::vector<State> entries_;  // by block id
  std::vector<Spawn> spawns_;
  std::map<ObjectId, Effect> effects_;
  std::set<ObjectId> locks_;  // that the function has taken
  std::vector<Use> uses_;
  const clang::Stmt* waits_at_ = nullptr;
  std::vector<const clang::Stmt*>
      answers_;                // for each channel that is returned: the send of the task that answers on it
  std::set<ObjectId> let_go_;  // locks that some path unlocks
  llvm::DenseSet<const clang::CFGBlock*> letting_go_;  // the blocks in which some lock is unlocked
  std::map<ObjectId, std::vector<const clang::Stmt*>> locked_at_;
  std::map<MeetingKey, Meeting> meetings_;
  std::vector<std::pair<const clang::CFGBlock*, Disjunct>> exits_;
  std::set<PlaceId> reassigned_;
  std::vector<std::pair<bool, Value>> returned_;  // known to us?, what
  const clang::CFGBlock* block_ = nullptr;
  llvm::DenseSet<const clang::ValueDecl*> copies_;  // what a lambda has captured by value, if it cannot change it
  bool watching_ = false;                           // the last round, in which what is seen counts
  bool syncs_ = false;
  llvm::SetVector<const clang::FunctionDecl*> unseen_;
  std::map<LockId, Acquisition> acquired_;
};

}  // namespace tenter::lint
