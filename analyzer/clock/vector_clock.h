// VectorClock says how far into each task's run somebody's knowledge reaches: for every task a count of
// epochs, 0 where nothing is known (Mattern, Virtual Time and Global States of Distributed Systems, 1989).
//
//   VectorClock release = task_clock;      // a snapshot: shares everything, copies nothing
//   task_clock.tick();                     // what the task does from here on is not in the snapshot
//   other_clock.join(release);             // ... and the snapshot is now known over there
//   other_clock.contains(Epoch{task, 1});  // true
//
// Copies share a tree of 16-way nodes whose nodes are never changed while shared, so ten thousand tasks that differ in
// a few counts from their creator cost a few nodes each. The count of one task, the owner, is kept outside of
// the tree: ticking, which every release does, touches no node.
//
// Copies share nodes without locking: a clock and all its copies belong to one thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>

#include "clock/epoch.h"

namespace tenter::analysis {

class VectorClock {
 public:
  VectorClock() = default;
  // A clock that knows nothing but that `owner` is in its epoch `count`.
  explicit VectorClock(TaskId owner, std::uint32_t count = 1) : owner_(owner), count_(count) {}
  VectorClock(const VectorClock& other)
      : root_(other.root_), owner_(other.owner_), count_(other.count_), height_(other.height_) {
    if (root_ != nullptr) ++root_->references;
  }
  VectorClock(VectorClock&& other) noexcept
      : root_(std::exchange(other.root_, nullptr)),
        owner_(std::exchange(other.owner_, no_task)),
        count_(std::exchange(other.count_, 0)),
        height_(std::exchange(other.height_, 0)) {}
  VectorClock& operator=(VectorClock other) noexcept {
    swap(other);
    return *this;
  }
  ~VectorClock() {
    if (root_ != nullptr) release(root_, height_);
  }
  void swap(VectorClock& other) noexcept {
    std::swap(root_, other.root_);
    std::swap(owner_, other.owner_);
    std::swap(count_, other.count_);
    std::swap(height_, other.height_);
  }

  std::uint32_t of(TaskId task) const { return task == owner_ ? count_ : in_tree(index(task)); }
  bool contains(Epoch epoch) const { return epoch.count <= of(epoch.task); }
  // Everything that `other` knows is known here. Subtrees that both share are not looked at.
  bool includes(const VectorClock& other) const;
  bool empty() const { return root_ == nullptr && count_ == 0; }

  TaskId owner() const { return owner_; }
  void tick() { ++count_; }
  void raise(Epoch epoch);              // now it knows at least this
  void join(const VectorClock& other);  // now it knows what either knew
  void clear() { *this = VectorClock(); }

 private:
  static constexpr unsigned fan_bits = 4;
  static constexpr unsigned fan = 1u << fan_bits;
  struct Node {
    std::uint32_t references = 1;
  };
  struct Leaf : Node {
    std::uint32_t counts[fan] = {};
  };
  struct Inner : Node {
    Node* children[fan] = {};
  };
  struct Owner {
    std::uint32_t task, count;
  };

  static std::uint32_t* counts(Node* node) { return static_cast<Leaf*>(node)->counts; }
  static const std::uint32_t* counts(const Node* node) { return static_cast<const Leaf*>(node)->counts; }
  static Node** children(Node* node) { return static_cast<Inner*>(node)->children; }
  static Node* const* children(const Node* node) { return static_cast<const Inner*>(node)->children; }

  std::uint32_t in_tree(std::uint32_t task) const {
    if (height_ == 1) return task < fan ? counts(root_)[task] : 0;  // few tasks
    if (root_ == nullptr || (std::uint64_t{task} >> (fan_bits * height_)) != 0) return 0;
    const Node* node = root_;
    for (unsigned level = height_ - 1u; level > 0; --level) {
      node = children(node)[(task >> (fan_bits * level)) % fan];
      if (node == nullptr) return 0;
    }
    return counts(node)[task % fan];
  }
  static Node* make_node(unsigned height);
  static void release(Node* node, unsigned height);
  static Node* unshared(Node* node, unsigned height);
  static bool covers(const Node* mine, const Node* theirs, unsigned height, std::uint32_t base, Owner owner);
  static Node* joined(Node* mine, Node* theirs, unsigned height);
  bool covers_tree_of(const VectorClock& other) const;
  void join_leaf(const VectorClock& other);
  void grow(unsigned height);

  Node* root_ = nullptr;  // null: all counts but the owner's are 0
  TaskId owner_ = no_task;
  std::uint32_t count_ = 0;  // of the owner; what the tree says of the owner never counts
  unsigned height_ = 0;      // levels of nodes, 0 without a tree; it covers tasks below 16^height
};

}  // namespace tenter::analysis
