#include "lint/lock_order.h"

#include <algorithm>
#include <map>

namespace tenter::lint {
namespace {

constexpr std::size_t longest_circle = 5;
constexpr std::size_t most_steps = 200'000;  // of a program whose locks are all taken under all others

class Search {
 public:
  explicit Search(const std::vector<OrderEdge>& edges) : edges_(edges) {
    for (std::size_t i = 0; i < edges.size(); ++i)
      if (edges[i].held != edges[i].wanted) from_[edges[i].held].push_back(i);
  }

  std::vector<std::vector<std::size_t>> run() {
    // Each circle is met once, from the smallest of its locks.
    for (const auto& [lock, edges] : from_) {
      start_ = lock;
      extend(lock);
    }
    std::vector<std::vector<std::size_t>> circles;
    for (auto& [locks, circle] : found_) circles.push_back(std::move(circle));
    return circles;
  }

 private:
  bool go_together(const OrderEdge& before, const OrderEdge& after) const {
    return !(before.wanted_shared && after.held_shared);
  }
  bool keep_each_other_out(const OrderEdge& a, const OrderEdge& b) const {
    return std::any_of(a.gates.begin(), a.gates.end(), [&](LockId gate) { return b.gates.contains(gate); });
  }

  void extend(LockId lock) {
    const auto next = from_.find(lock);
    if (next == from_.end() || path_.size() == longest_circle) return;
    for (const std::size_t index : next->second) {
      if (++steps_ > most_steps) return;
      const OrderEdge& edge = edges_[index];
      const bool closes = edge.wanted == start_;
      if (edge.wanted < start_) continue;
      if (!path_.empty() && !go_together(edges_[path_.back()], edge)) continue;
      if (std::any_of(path_.begin(), path_.end(), [&](std::size_t other) {
            return keep_each_other_out(edges_[other], edge) || (!closes && edges_[other].held == edge.wanted);
          }))
        continue;
      path_.push_back(index);
      if (closes) {
        if (go_together(edge, edges_[path_.front()])) {
          std::vector<LockId> locks;
          for (const std::size_t one : path_) locks.push_back(edges_[one].held);
          found_.try_emplace(std::move(locks), path_);
        }
      } else {
        extend(edge.wanted);
      }
      path_.pop_back();
    }
  }

  const std::vector<OrderEdge>& edges_;
  std::map<LockId, std::vector<std::size_t>> from_;
  LockId start_ = 0;
  std::vector<std::size_t> path_;
  std::size_t steps_ = 0;
  std::map<std::vector<LockId>, std::vector<std::size_t>> found_;
};

}  // namespace

std::vector<std::vector<std::size_t>> find_circles(const std::vector<OrderEdge>& edges) { return Search(edges).run(); }

std::string order_sentence(const std::string& held, const std::string& wanted, std::size_t length) {
  return "'" + wanted + "' is locked while '" + held + "' is held, and " +
         (length == 2 ? "another function does it the other way round"
                      : "other functions go on from there to '" + held + "' again");
}

std::string order_note(const std::string& held) { return "'" + held + "' is locked here"; }

std::string wanted_note(const std::string& wanted) { return "and then '" + wanted + "'"; }

}  // namespace tenter::lint
