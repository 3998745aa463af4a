// The members of an Effect by their names, under which one unit tells another of them.
#pragma once
#include <cstddef>
#include <iterator>
#include <utility>

#include "lint/summary.h"

namespace tenter::lint {

inline constexpr std::pair<const char*, bool Effect::*> effect_flags[] = {
    {"may_send", &Effect::may_send},
    {"must_send", &Effect::must_send},
    {"may_recv", &Effect::may_recv},
    {"must_recv", &Effect::must_recv},
    {"may_range", &Effect::may_range},
    {"may_close", &Effect::may_close},
    {"must_close", &Effect::must_close},
    {"plain_send", &Effect::plain_send},
    {"plain_recv", &Effect::plain_recv},
    {"early_send", &Effect::early_send},
    {"early_close", &Effect::early_close},
    {"many_sends", &Effect::many_sends},
    {"leaves_range", &Effect::leaves_range},
    {"use_is_caught", &Effect::use_is_caught},
    {"owns_close", &Effect::owns_close},
    {"escapes", &Effect::escapes},
    {"may_lock", &Effect::may_lock},
    {"must_lock", &Effect::must_lock},
    {"holds", &Effect::holds},
    {"lets_go", &Effect::lets_go},
    {"locks_shared", &Effect::locks_shared},
    {"always_locks", &Effect::always_locks},
    {"early_done", &Effect::early_done},
    {"adds_first", &Effect::adds_first},
    {"may_done", &Effect::may_done},
    {"must_done", &Effect::must_done},
};
inline constexpr std::pair<const char*, const clang::Stmt * Effect::*> effect_places[] = {
    {"send_at", &Effect::send_at},
    {"recv_at", &Effect::recv_at},
    {"close_at", &Effect::close_at},
    {"lock_at", &Effect::lock_at},
    {"add_at", &Effect::add_at},
    {"done_at", &Effect::done_at},
    {"return_without_done", &Effect::return_without_done},
    {"end_without_done", &Effect::end_without_done},
    {"end_without_recv", &Effect::end_without_recv},
};

struct AnyMember {
  template <class T>
  operator T() const;
};
template <class T, std::size_t... i>
consteval bool has_members(std::index_sequence<i...> /*count*/) {
  return requires { T{(static_cast<void>(i), AnyMember())...}; };
}
inline constexpr std::size_t told_members = std::size(effect_flags) + std::size(effect_places);
static_assert(has_members<Effect>(std::make_index_sequence<told_members>()) &&
                  !has_members<Effect>(std::make_index_sequence<told_members + 1>()),
              "a new member of Effect must be told to other units, too");

}  // namespace tenter::lint
