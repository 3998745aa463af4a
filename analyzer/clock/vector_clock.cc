// A node with more than one reference is never written. `height` is 1 for a leaf. The tree's entry for the owner
// may lag behind count_ (it came in with somebody else's clock) and is never ahead of it.
#include "clock/vector_clock.h"

#include <algorithm>

namespace tenter::analysis {

VectorClock::Node* VectorClock::make_node(unsigned height) {
  if (height == 1) return new Leaf;
  return new Inner;
}

void VectorClock::release(Node* node, unsigned height) {
  if (--node->references != 0) return;
  if (height == 1) {
    delete static_cast<Leaf*>(node);
    return;
  }
  for (Node* child : static_cast<Inner*>(node)->children) {
    if (child != nullptr) release(child, height - 1);
  }
  delete static_cast<Inner*>(node);
}

// Takes over a reference to `node`, gives back a node that nobody else sees.
VectorClock::Node* VectorClock::unshared(Node* node, unsigned height) {
  if (node->references == 1) return node;
  Node* copy = make_node(height);
  if (height == 1) {
    std::copy_n(counts(node), fan, counts(copy));
  } else {
    std::copy_n(children(node), fan, children(copy));
    for (unsigned i = 0; i < fan; ++i) {
      if (children(copy)[i] != nullptr) ++children(copy)[i]->references;
    }
  }
  --node->references;
  return copy;
}

void VectorClock::grow(unsigned height) {
  if (root_ == nullptr) {
    height_ = std::max(height_, height);
    return;
  }
  for (; height_ < height; ++height_) {
    Node* above = make_node(height_ + 1);
    children(above)[0] = root_;
    root_ = above;
  }
}

void VectorClock::raise(Epoch epoch) {
  if (epoch.task == owner_) {
    count_ = std::max(count_, epoch.count);
    return;
  }
  const std::uint32_t task = index(epoch.task);
  if (epoch.count <= in_tree(task)) return;
  if (owner_ == no_task && root_ == nullptr) {  // the first thing it hears: no tree needed yet
    owner_ = epoch.task;
    count_ = epoch.count;
    return;
  }
  unsigned height = 1;
  while ((std::uint64_t{task} >> (fan_bits * height)) != 0) ++height;
  grow(height);
  if (root_ == nullptr) root_ = make_node(height_);
  Node** link = &root_;
  for (unsigned level = height_; level > 1; --level) {
    *link = unshared(*link, level);
    link = &children(*link)[(task >> (fan_bits * (level - 1))) % fan];
    if (*link == nullptr) *link = make_node(level - 1);
  }
  *link = unshared(*link, 1);
  counts(*link)[task % fan] = epoch.count;
}

bool VectorClock::covers(const Node* mine, const Node* theirs, unsigned height, std::uint32_t base, Owner owner) {
  if (mine == theirs || theirs == nullptr) return true;
  for (unsigned i = 0; i < fan; ++i) {
    const std::uint32_t at = (base << fan_bits) + i;
    if (height > 1) {
      const Node* my_child = mine != nullptr ? children(mine)[i] : nullptr;
      if (!covers(my_child, children(theirs)[i], height - 1, at, owner)) return false;
    } else {
      const std::uint32_t known = at == owner.task ? owner.count : mine != nullptr ? counts(mine)[i] : 0;
      if (counts(theirs)[i] > known) return false;
    }
  }
  return true;
}

bool VectorClock::includes(const VectorClock& other) const {
  return other.count_ <= of(other.owner_) && covers_tree_of(other);
}

bool VectorClock::covers_tree_of(const VectorClock& other) const {
  if (other.root_ == nullptr || other.root_ == root_) return true;
  const Owner owner{index(owner_), count_};
  // The two trees may differ in height: bring them to the same ground, the leftmost part of the taller one.
  const Node* mine = root_;
  const Node* theirs = other.root_;
  unsigned height = root_ != nullptr ? height_ : other.height_;
  for (; height > other.height_; --height) {
    if (mine == nullptr) break;
    mine = children(mine)[0];
  }
  height = std::min(height, other.height_);
  if (mine == nullptr) height = other.height_;
  for (unsigned level = other.height_; level > height; --level) {
    for (unsigned i = 1; i < fan; ++i) {
      if (!covers(nullptr, children(theirs)[i], level - 1, i, owner)) return false;
    }
    theirs = children(theirs)[0];
    if (theirs == nullptr) return true;
  }
  return covers(mine, theirs, height, 0, owner);
}

// Takes over a reference to `mine`, leaves `theirs` alone, gives back a reference to the join of the two.
VectorClock::Node* VectorClock::joined(Node* mine, Node* theirs, unsigned height) {
  if (mine == theirs || theirs == nullptr) return mine;
  if (mine == nullptr) {
    ++theirs->references;
    return theirs;
  }
  if (height == 1) {
    bool mine_is_enough = true;
    bool theirs_is_enough = true;
    for (unsigned i = 0; i < fan; ++i) {
      mine_is_enough &= counts(mine)[i] >= counts(theirs)[i];
      theirs_is_enough &= counts(theirs)[i] >= counts(mine)[i];
    }
    if (mine_is_enough) return mine;
    if (theirs_is_enough) {
      release(mine, height);
      ++theirs->references;
      return theirs;
    }
    mine = unshared(mine, height);
    for (unsigned i = 0; i < fan; ++i) counts(mine)[i] = std::max(counts(mine)[i], counts(theirs)[i]);
    return mine;
  }
  mine = unshared(mine, height);
  for (unsigned i = 0; i < fan; ++i) { children(mine)[i] = joined(children(mine)[i], children(theirs)[i], height - 1); }
  return mine;
}

// The same as join() where both trees are leaves, as in a program of few tasks: what is new is seen in one pass, without the owner's
// entry, which lags and would look like news each time.
void VectorClock::join_leaf(const VectorClock& other) {
  const std::uint32_t* const mine = counts(root_);
  std::uint32_t both[fan];
  for (unsigned i = 0; i < fan; ++i) both[i] = std::max(mine[i], counts(other.root_)[i]);
  const std::uint32_t others_owner = index(other.owner_);
  both[others_owner] = std::max(both[others_owner], other.count_);
  if (const std::uint32_t own = index(owner_); own < fan) {
    count_ = std::max(count_, both[own]);
    both[own] = mine[own];
  }
  std::uint32_t news = 0;
  for (unsigned i = 0; i < fan; ++i) news |= both[i] ^ mine[i];
  if (news == 0) return;
  root_ = unshared(root_, 1);
  std::copy_n(both, fan, counts(root_));
}

void VectorClock::join(const VectorClock& other) {
  if (this == &other || other.empty()) return;
  if (root_ != nullptr && other.root_ != nullptr && height_ == 1 && other.height_ == 1 && index(other.owner_) < fan)
    return join_leaf(other);
  if (empty() && owner_ == no_task) {
    *this = other;
    return;
  }
  // With two leaves joined() finds out by itself whether anything is new; taller trees are worth a look first,
  // because joined() copies inner nodes on its way down.
  if (other.root_ != nullptr && other.root_ != root_ && (other.height_ == 1 || !covers_tree_of(other))) {
    if (root_ == nullptr) {
      root_ = other.root_;
      ++root_->references;
      height_ = other.height_;
    } else {
      grow(other.height_);
      Node** link = &root_;
      for (unsigned level = height_; level > other.height_; --level) {
        *link = unshared(*link, level);
        link = &children(*link)[0];
        if (*link == nullptr && level - 1 > other.height_) *link = make_node(level - 1);
      }
      *link = joined(*link, other.root_, other.height_);
    }
    count_ = std::max(count_, in_tree(index(owner_)));
  }
  if (other.owner_ != no_task) raise({other.owner_, other.count_});
}

}  // namespace tenter::analysis
