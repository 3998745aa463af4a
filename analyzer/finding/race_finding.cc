// A race has two sides and no earlier one: they are shown in the order of their places, so that the report is the
// same whichever side the schedule put first.
#include <algorithm>
#include <array>
#include <set>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "finding/collect.h"
#include "finding/fingerprint.h"
#include "finding/function_name.h"

namespace tenter::analysis {
namespace {

const char* role_of(AccessKind kind) {
  switch (kind) {
    case AccessKind::read: return "read";
    case AccessKind::write: return "write";
    case AccessKind::atomic_read: return "atomic-read";
    case AccessKind::atomic_write: return "atomic-write";
    case AccessKind::free: return "free";
  }
  return "access";
}

const char* done_by(AccessKind kind) {
  switch (kind) {
    case AccessKind::read: return "read";
    case AccessKind::write: return "written";
    case AccessKind::atomic_read: return "read atomically";
    case AccessKind::atomic_write: return "written atomically";
    case AccessKind::free: return "freed";
  }
  return "accessed";
}

bool is_atomic(AccessKind kind) { return kind == AccessKind::atomic_read || kind == AccessKind::atomic_write; }

struct Half {
  const Access* access;
  Side side;
  Location location;
  std::string key;
};

// "work(int)::calls" is the variable calls of the function work(int); a name of another shape has no function.
std::pair<std::string, std::string> split_static_local(const std::string& name) {
  const auto colons = name.rfind("::");
  if (colons == std::string::npos || name.find_first_of("<(", colons) != std::string::npos) return {name, {}};
  const std::string function = name.substr(0, colons);
  if (!function.ends_with(')') && !function.ends_with(") const")) return {name, {}};
  if (function.ends_with("(anonymous namespace)")) return {name, {}};
  return {name.substr(colons + 2), function};
}

std::string describe_object(const ObjectRef& object, const Access* accessed, const Block& block, Describer& describe) {
  const std::string size = object.size != 0 ? counted(object.size, "byte") : std::string();
  if (object.kind == "global") {
    if (object.name.empty()) return "a global variable";
    const auto [name, function] = split_static_local(object.name);
    const std::string what = function.empty() ? "global" : "static in " + short_function(function);
    return '`' + name + "` (" + (size.empty() ? what : size + ", " + what) + ')';
  }
  const std::string name = object.name.empty() ? std::string() : " `" + object.name + '`';
  if (object.kind == "heap") {
    const Frame* frame = frame_to_show(object.created_at);
    const std::string where = frame != nullptr && owner_of(*frame) == FrameOwner::project
                                  ? ", allocated" + in_function(object.created_at)
                                  : std::string();
    // Which part of it tells which field; a free takes all of it.
    std::string part;
    if (accessed != nullptr && accessed->address >= block.address && accessed->size < block.size) {
      const std::uint64_t first = accessed->address - block.address;
      part = accessed->size == 1
                 ? "byte " + std::to_string(first)
                 : "bytes " + std::to_string(first) + " to " + std::to_string(first + accessed->size - 1);
    }
    return (part.empty() ? "a heap block" : part + " of a heap block") + name + " of " + size + where;
  }
  if (!object.name.empty()) return '`' + object.name + '`';
  if (object.kind == "stack" && describe.world().task(block.allocated_by) != nullptr)
    return "a local variable on the stack of " + call_task(describe.task(block.allocated_by));
  if (object.kind == "stack") return "a local variable on a stack";
  if (object.kind == "thread-local") return "a thread-local variable";
  if (object.kind == "mapping") return "mapped memory";
  return "memory";
}

std::string explain_locks(const std::array<Half, 2>& halves, const World& world) {
  const auto& left = world.lock_sets().locks(halves[0].access->held);
  const auto& right = world.lock_sets().locks(halves[1].access->held);
  const auto list = [](const Side& side) {
    std::vector<std::string> names;
    for (const LockRef& lock : side.locks) names.push_back(quoted_name(lock.name));
    return names.empty() ? std::string("no lock") : in_words(names);
  };
  if (left.empty() && right.empty()) return "Neither side holds a lock.";
  std::string text = call_task_first(halves[0].side.task) + " holds " + list(halves[0].side) + ", " +
                     call_task(halves[1].side.task) + " holds " + list(halves[1].side);
  std::vector<std::string> common;
  for (std::size_t i = 0; i < left.size(); ++i)
    if (std::any_of(right.begin(), right.end(), [&](const auto& lock) { return lock.first == left[i].first; }))
      common.push_back(quoted_name(halves[0].side.locks[i].name));
  if (common.empty()) return text + ": no lock is held by both.";
  return text + "; both hold " + in_words(common) +
         ", but not in a way that keeps them apart (shared, or around only one of the two).";
}

std::string explain_creation(const std::array<Half, 2>& halves) {
  std::vector<std::string> parts;
  for (const Half& half : halves)
    if (const std::string place = known_place_of(half.side.task.created_at); !place.empty())
      parts.push_back(call_task(half.side.task) + " was created at " + place);
  if (parts.size() == 2 && halves[0].side.task.id == halves[1].side.task.id) parts.pop_back();
  if (parts.empty()) return {};
  std::string text = in_words(parts);
  text[0] = static_cast<char>(text[0] >= 'a' && text[0] <= 'z' ? text[0] - 'a' + 'A' : text[0]);
  return ' ' + text + '.';
}

std::string site_words(const Half& half) {
  std::string words = done_by(half.access->kind);
  const std::string function = in_function(half.side.stack);
  if (!function.empty()) return words + function;
  const std::string place = place_of(half.side.stack);
  return words + (place.empty() ? " at an unknown place" : " at " + place);
}

}  // namespace

Finding race_finding(const RaceCandidate& race, Describer& describe) {
  Finding finding;
  const bool freed = race.left.kind == AccessKind::free || race.right.kind == AccessKind::free;
  finding.kind = freed ? "use-after-free-race" : "data-race";
  finding.certainty = race.predicted ? "predicted" : "observed";
  finding.found_by = race.found_by;
  if (race.witness) finding.witness = witness_of(*race.witness, describe);
  finding.severity = "error";
  finding.count = race.count;

  const auto comes_first = [](const Access& a, const Access& b) {
    return std::tuple(a.kind == AccessKind::free, a.address, a.size) <
           std::tuple(b.kind == AccessKind::free, b.address, b.size);
  };
  const Access& accessed = comes_first(race.right, race.left) ? race.right : race.left;
  ObjectRef object = describe.memory_object(accessed.address, race.block);
  // A variable is told apart by its name alone only where the accesses cover it: of two fields of one struct, or two
  // variables on one stack, the line within the function tells which is meant.
  const std::optional<DataSymbol> symbol = describe.data(accessed.address);
  const bool named = !describe.world().name_of(accessed.address).empty();
  const bool whole_variable = named || (object.kind == "global" && symbol && symbol->address == accessed.address &&
                                        symbol->size == accessed.size);

  std::array<Half, 2> halves;
  const Access* accesses[] = {&race.left, &race.right};
  for (std::size_t i = 0; i < 2; ++i) {
    const Access& access = *accesses[i];
    Half& half = halves[i];
    half.access = &access;
    half.side.role = role_of(access.kind);
    half.side.task = describe.task(access.task);
    half.side.stack = describe.stack(access.where);
    half.side.locks = describe.locks(access.held);
    half.side.size = access.kind == AccessKind::free ? 0 : access.size;
    half.location = location_of(half.side.stack);
    // Not the role: whether ++x is caught reading or writing is up to compiler and schedule.
    half.key = site_key(half.side.stack, !whole_variable);
  }
  const auto order = [](const Half& half) {
    return std::tie(half.location.file, half.location.line, half.location.column, half.location.function,
                    half.side.role, half.key, half.side.task.id);
  };
  if (order(halves[1]) < order(halves[0])) std::swap(halves[0], halves[1]);

  const std::string what = describe_object(object, freed ? nullptr : &accessed, race.block, describe);
  if (freed) {
    const Half& free = halves[0].access->kind == AccessKind::free ? halves[0] : halves[1];
    const Half& use = &free == &halves[0] ? halves[1] : halves[0];
    finding.message = "use of freed memory is possible: " + what + " is " + site_words(free) + " and " +
                      site_words(use) + ", in no fixed order";
  } else {
    // Two tasks that run the same line need it told once.
    const bool same = site_words(halves[0]) == site_words(halves[1]);
    finding.message =
        "data race on " + what + ": " + site_words(halves[0]) + (same ? " by two tasks" : ", " + site_words(halves[1]));
  }

  const auto by = [&](const char* analysis) {
    return std::ranges::find(race.found_by, analysis) != race.found_by.end();
  };
  if (race.predicted) {
    finding.explanation =
        "In this run other steps that happened to come between them order the two, but another order of the same "
        "steps has them side by side. ";
  } else if (by("shb") && !by("hb")) {
    // An acquire may be ordered by what it read, in this run.
    finding.explanation =
        "An order of the same steps, in which each critical section keeps its place, has the two side by side. ";
  } else {
    finding.explanation =
        "Nothing orders the two: no lock, join, channel or other synchronization comes between them. ";
  }
  finding.explanation += explain_locks(halves, describe.world());
  finding.explanation += explain_creation(halves);
  if (is_atomic(race.left.kind) != is_atomic(race.right.kind) && !freed)
    finding.explanation +=
        " One side is atomic and the other is not: an atomic access protects only against other atomic ones.";
  if (race.left.vptr || race.right.vptr)
    finding.explanation +=
        " The bytes are an object's virtual-table pointer: it is constructed or destroyed while another task uses it.";
  if (freed) finding.explanation += " In another schedule the memory is used after it was freed.";

  std::vector<std::string> sites = {halves[0].key, halves[1].key};
  std::sort(sites.begin(), sites.end());
  // Of memory that is gone nothing more than that is known to every detector.
  std::string object_name = freed ? "freed memory" : object.kind;
  if ((object.kind == "global" || named) && !freed) object_name += ' ' + object.name;
  if (object.kind == "heap" && !freed) object_name += ' ' + site_key(object.created_at);
  finding.fingerprint = fingerprint(finding.kind, object_name, sites);

  for (Half& half : halves) {
    finding.locations.push_back(std::move(half.location));
    finding.sides.push_back(std::move(half.side));
  }
  finding.object = std::move(object);
  return finding;
}

std::size_t count_places(const std::vector<Site>& sites, Describer& describe) {
  std::set<std::string> places;
  for (const Site& site : sites) {
    const Location place = location_of(describe.stack(site));
    places.insert(place.file + ':' + (place.line != 0 ? std::to_string(place.line) : place.function));
  }
  return places.size();
}

std::size_t count_racy_places(const std::vector<RaceCandidate>& races, Describer& describe) {
  std::vector<Site> later;
  for (const RaceCandidate& race : races) {
    later.push_back(race.right.where);
    if (race.both_ways) later.push_back(race.left.where);
  }
  return count_places(later, describe);
}

}  // namespace tenter::analysis
