// Where handles and locks are kept, and which one it is.
//
// A Place is a variable, or a field of one: `queue.items_`, and `this->items_`. An Object is what a place holds: the channel
// of one make_chan() in the source, the one that a place held when the function began, or the nil channel. Two places
// with one Object are aliases; copies of a handle share their Object.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <clang/AST/Decl.h>
#include <clang/AST/Expr.h>
#include <llvm/ADT/DenseMap.h>

namespace tenter::lint {

struct Place {
  const clang::ValueDecl* root = nullptr;  // null: this
  std::vector<const clang::FieldDecl*> path;
  friend bool operator==(const Place&, const Place&) = default;
};

enum class PlaceId : std::uint32_t {};
enum class ObjectId : std::uint32_t {};
// In place of an object: one of several, and not known which.
inline constexpr ObjectId some_object{~0U};

// What an object is known by.
struct Object {
  enum class Origin {
    made,   // by the expression `site`
    nil,    // the nil channel that `place` was constructed with
    entry,  // what `place` held when the function began
    later   // what `place` holds since `site`, which may have changed it
  };
  Origin origin = Origin::entry;
  const clang::Stmt* site = nullptr;
  std::optional<PlaceId> place;
};

// All places and objects of a translation unit, numbered in the order in which they are met.
class Places {
 public:
  PlaceId id(const Place& place);
  const Place& place(PlaceId id) const { return places_[static_cast<std::size_t>(id)]; }
  ObjectId id(const Object& object);
  const Object& object(ObjectId id) const { return objects_[static_cast<std::size_t>(id)]; }

  // The place that an expression names, where it names one: through references, pointers, std::move and std::ref.
  std::optional<PlaceId> of(const clang::Expr* expression);

  // The places that begin with a variable (null: this), in the order in which they were met.
  const std::vector<PlaceId>& rooted_in(const clang::ValueDecl* root) const;
  std::size_t count() const { return places_.size(); }

  // As the programmer would write it: `queue.items_`.
  std::string name(PlaceId id) const;

 private:
  std::vector<Place> places_;
  std::map<std::pair<const clang::ValueDecl*, std::vector<const clang::FieldDecl*>>, PlaceId> place_ids_;
  llvm::DenseMap<const clang::ValueDecl*, std::vector<PlaceId>> by_root_;
  std::vector<Object> objects_;
  std::map<std::tuple<int, const clang::Stmt*, std::int64_t>, ObjectId> object_ids_;
};

// Without what does not change which value it is: parentheses, implicit conversions, temporaries, std::move, std::forward
// and std::ref.
const clang::Expr* plain(const clang::Expr* expression);

}  // namespace tenter::lint
