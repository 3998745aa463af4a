// In which order locks are taken, and where the orders of several functions go in a circle, on which each may wait for the
// next (CWE-833).
//
//   a.lock(); b.lock();      // an edge from a to b
//   b.lock(); a.lock();      // and one back
#pragma once
#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include <clang/AST/Decl.h>
#include <clang/AST/Stmt.h>

namespace tenter::lint {

// A lock that is the same one wherever it is named: a variable of the program's, or a field of a class. Of which object of
// the class is not told apart.
using LockId = unsigned;

struct LockName {
  std::string id;    // the same in all units (lasting_name.h)
  std::string name;  // for people: "Account::mutex"
};

// `wanted` is taken while `held` is held.
struct OrderEdge {
  LockId held = 0, wanted = 0;
  bool held_shared = false, wanted_shared = false;
  std::set<LockId> gates;  // what else is held then, alone
};

// An edge, where it is in this unit.
struct LockOrder {
  OrderEdge edge;
  const clang::Stmt* held_at = nullptr;
  const clang::Stmt* wanted_at = nullptr;
  const clang::Stmt* inside = nullptr;  // the lock that the call at `wanted_at` takes; null: it is a lock itself
  const clang::FunctionDecl* function = nullptr;
};

// Circles of edges on which each can wait for the next at the same time: no two of them have a gate in common, and nobody
// only reads what the one before him reads, too. One for each sequence of locks, as indices, by the locks' numbers.
std::vector<std::vector<std::size_t>> find_circles(const std::vector<OrderEdge>& edges);

// What is said of a circle: of the first edge, and of each.
std::string order_sentence(const std::string& held, const std::string& wanted, std::size_t length);
std::string order_note(const std::string& held);
std::string wanted_note(const std::string& wanted);
inline constexpr const char* inside_note = "the lock that this call takes";

}  // namespace tenter::lint
