// std::list, std::map, std::set and their like link their nodes inside libstdc++, which has no callbacks, and look at the
// links in code of the program. To the recording nobody would have written what is read there: races on the links would be
// missed, and a thread that goes on because a list is empty, or a key is there, would seem to depend on nobody.
//
// What lies where is part of the ABI of libstdc++ (<bits/stl_list.h>, <bits/stl_tree.h>) since GCC 4.6.
#include <cstddef>

#include "hooks/interpose.h"
#include "hooks/library_function.h"

namespace tenter::hooks {
namespace {

using record::Pc;

struct ListNode {  // std::__detail::_List_node_base; in a list itself, before its first and behind its last
  ListNode *next, *previous;
};

struct TreeNode {  // std::_Rb_tree_node_base; in a tree itself its root, first and last
  int color;
  TreeNode *parent, *left, *right;
};
static_assert(offsetof(TreeNode, parent) == 8 && sizeof(TreeNode) == 32);

using ListHook = void(ListNode*, ListNode*);
using ListUnhook = void(ListNode*);
using ListTransfer = void(ListNode*, ListNode*, ListNode*);
using ListSwap = void(ListNode*, ListNode*);
using TreeInsert = void(bool, TreeNode*, TreeNode*, TreeNode*);
using TreeErase = TreeNode*(TreeNode*, TreeNode*);

template <class T>
void told_field_write(T& field, Pc pc) {
  library_write(&field, sizeof field, pc);
}

// Those on both sides of the nodes from `first` to `last`.
void told_neighbours_write(ListNode* first, ListNode* last, Pc pc) {
  library_read(&first->previous, sizeof first->previous, pc);
  library_read(&last->next, sizeof last->next, pc);
  told_field_write(first->previous->next, pc);
  told_field_write(last->next->previous, pc);
}

// Which nodes change places is between the tree and its balance. Whoever looks at any of them has come by the tree's
// own, and whatever is changed may not be looked at beside it: so that one stands for all.
void told_tree_write(TreeNode* tree, Pc pc) {
  constexpr std::size_t size = sizeof(TreeNode) - offsetof(TreeNode, parent);
  library_read(&tree->parent, size, pc);
  library_write(&tree->parent, size, pc);
}

}  // namespace

TENTER_LIBRARY_FUNCTION(next_hook, ListHook, "_ZNSt8__detail15_List_node_base7_M_hookEPS0_")
TENTER_LIBRARY_FUNCTION(next_unhook, ListUnhook, "_ZNSt8__detail15_List_node_base9_M_unhookEv")
TENTER_LIBRARY_FUNCTION(next_transfer, ListTransfer, "_ZNSt8__detail15_List_node_base11_M_transferEPS0_S1_")
TENTER_LIBRARY_FUNCTION(next_reverse, ListUnhook, "_ZNSt8__detail15_List_node_base10_M_reverseEv")
TENTER_LIBRARY_FUNCTION(next_swap, ListSwap, "_ZNSt8__detail15_List_node_base4swapERS0_S1_")
TENTER_LIBRARY_FUNCTION(next_insert, TreeInsert, "_ZSt29_Rb_tree_insert_and_rebalancebPSt18_Rb_tree_node_baseS0_RS_")
TENTER_LIBRARY_FUNCTION(next_erase, TreeErase, "_ZSt28_Rb_tree_rebalance_for_erasePSt18_Rb_tree_node_baseRS_")

// `node` goes before `place`.
TENTER_HOOK void hook_list_hook(ListNode* node,
                                ListNode* place) __asm__("_ZNSt8__detail15_List_node_base7_M_hookEPS0_");
void hook_list_hook(ListNode* node, ListNode* place) {
  if (const Pc pc = TENTER_CALLER_PC(); speaks_for_program(pc)) {
    library_read(&place->previous, sizeof place->previous, pc);
    told_field_write(*node, pc);
    told_field_write(place->previous->next, pc);
    told_field_write(place->previous, pc);
  }
  next_hook.get(hook_list_hook)(node, place);
}

TENTER_HOOK void hook_list_unhook(ListNode* node) __asm__("_ZNSt8__detail15_List_node_base9_M_unhookEv");
void hook_list_unhook(ListNode* node) {
  if (const Pc pc = TENTER_CALLER_PC(); speaks_for_program(pc)) { told_neighbours_write(node, node, pc); }
  next_unhook.get(hook_list_unhook)(node);
}

// The nodes from `first` up to `end`, of another list or the same, go before `place`.
TENTER_HOOK void hook_list_transfer(ListNode* place, ListNode* first,
                                    ListNode* end) __asm__("_ZNSt8__detail15_List_node_base11_M_transferEPS0_S1_");
void hook_list_transfer(ListNode* place, ListNode* first, ListNode* end) {
  if (const Pc pc = TENTER_CALLER_PC(); place != end && speaks_for_program(pc)) {
    library_read(&end->previous, sizeof end->previous, pc);
    ListNode* last = end->previous;
    told_neighbours_write(first, last, pc);
    library_read(&place->previous, sizeof place->previous, pc);
    told_field_write(place->previous->next, pc);
    told_field_write(place->previous, pc);
    told_field_write(first->previous, pc);
    told_field_write(last->next, pc);
  }
  next_transfer.get(hook_list_transfer)(place, first, end);
}

TENTER_HOOK void hook_list_reverse(ListNode* list) __asm__("_ZNSt8__detail15_List_node_base10_M_reverseEv");
void hook_list_reverse(ListNode* list) {
  if (const Pc pc = TENTER_CALLER_PC(); speaks_for_program(pc)) {
    ListNode* node = list;
    do {
      library_read(node, sizeof *node, pc);
      told_field_write(*node, pc);
      node = node->next;
    } while (node != list);
  }
  next_reverse.get(hook_list_reverse)(list);
}

TENTER_HOOK void hook_list_swap(ListNode* left,
                                ListNode* right) __asm__("_ZNSt8__detail15_List_node_base4swapERS0_S1_");
void hook_list_swap(ListNode* left, ListNode* right) {
  if (const Pc pc = TENTER_CALLER_PC(); speaks_for_program(pc)) {
    for (ListNode* list : {left, right}) {
      told_neighbours_write(list, list, pc);
      told_field_write(*list, pc);
    }
  }
  next_swap.get(hook_list_swap)(left, right);
}

TENTER_HOOK void hook_tree_insert(bool at_left, TreeNode* node, TreeNode* parent, TreeNode* tree) __asm__(
    "_ZSt29_Rb_tree_insert_and_rebalancebPSt18_Rb_tree_node_baseS0_RS_");
void hook_tree_insert(bool at_left, TreeNode* node, TreeNode* parent, TreeNode* tree) {
  if (const Pc pc = TENTER_CALLER_PC(); speaks_for_program(pc)) {
    told_field_write(*node, pc);
    if (parent != tree) { told_field_write(at_left ? parent->left : parent->right, pc); }
    told_tree_write(tree, pc);
  }
  next_insert.get(hook_tree_insert)(at_left, node, parent, tree);
}

TENTER_HOOK TreeNode* hook_tree_erase(TreeNode* node, TreeNode* tree) __asm__(
    "_ZSt28_Rb_tree_rebalance_for_erasePSt18_Rb_tree_node_baseRS_");
TreeNode* hook_tree_erase(TreeNode* node, TreeNode* tree) {
  if (const Pc pc = TENTER_CALLER_PC(); speaks_for_program(pc)) { told_tree_write(tree, pc); }
  return next_erase.get(hook_tree_erase)(node, tree);
}

}  // namespace tenter::hooks
