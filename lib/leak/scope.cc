// What a scope is to its user. Which task is in which scope is kept by lib/task/leak_scope.h, when a scope is at rest is
// found out by rest.cc.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <tenter/leak.h>

#include "leak/rest.h"
#include "task/call.h"
#include "task/clock.h"
#include "task/places.h"

namespace tenter {
namespace {

using detail::FutexGuard;
using detail::LeakScopeCore;
using detail::Resting;
using detail::WaitKind;

LeakReason reason_of(const Resting& task) {
  if (!task.sight.waits || task.timed || task.from_outside) { return LeakReason::still_running; }
  switch (task.sight.waits_for) {
    case WaitKind::lock:
    case WaitKind::shared_lock:
    case WaitKind::semaphore:
    case WaitKind::once: return LeakReason::lock_never_released;
    case WaitKind::condition: return LeakReason::condition_never_signalled;
    case WaitKind::chan_send: return LeakReason::send_no_receiver;
    case WaitKind::chan_recv: return LeakReason::receive_no_sender;
    case WaitKind::context: return LeakReason::context_never_cancelled;
    case WaitKind::select: return LeakReason::select_no_case;
    case WaitKind::wait_group: return LeakReason::wait_group_never_done;
    case WaitKind::nil_channel_send:
    case WaitKind::nil_channel_recv: return LeakReason::nil_channel;
    case WaitKind::sleep:
    case WaitKind::descriptor:
    case WaitKind::none: break;
  }
  return LeakReason::still_running;
}

std::string doing(const Resting& task) {
  if (!task.sight.waits || task.sight.waits_for == WaitKind::none) { return "runs"; }
  const std::string words = detail::doing_what(task.sight.waits_for);
  if (task.from_outside) { return words + ", until a signal comes"; }
  return task.timed && task.sight.waits_for != WaitKind::sleep ? words + ", until a timer fires" : words;
}

// `*` stands for any text.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;  // the last one; what follows it is tried ever later in the text
  std::size_t tried = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      tried = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++tried;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') { ++p; }
  return p == pattern.size();
}

struct Ignored {
  std::vector<std::string> names;
  std::vector<std::uint64_t> tasks;  // ascending
};

// Of the scope and all around it.
Ignored ignored_by(LeakScopeCore* scope) {
  Ignored all;
  const auto add = [&all](LeakScopeCore& one) {
    FutexGuard guard(one.lock);
    all.names.insert(all.names.end(), one.ignored_names.begin(), one.ignored_names.end());
    all.tasks.insert(all.tasks.end(), one.ignored_tasks.begin(), one.ignored_tasks.end());
  };
  for (LeakScopeCore* each = scope; each != nullptr; each = each->parent()) { add(*each); }
  if (scope != &LeakScopeCore::program()) { add(LeakScopeCore::program()); }
  std::sort(all.tasks.begin(), all.tasks.end());
  return all;
}

void sort_by_count(std::vector<Leak>& leaks) {
  std::sort(leaks.begin(), leaks.end(), [](const Leak& a, const Leak& b) {
    return a.count() != b.count() ? a.count() > b.count() : a.tasks.front().id < b.tasks.front().id;
  });
}

SourcePlace public_place(const detail::Place& place) {
  return {place.function, place.file, place.line, place.module, place.offset};
}

LeakReport find_in(LeakScopeCore& scope) {
  const Ignored ignored = ignored_by(&scope);
  const std::vector<Resting> left =
      detail::wait_for_rest(scope, scope.settle_limit_ns.load(std::memory_order_relaxed), ignored.tasks);
  std::vector<std::uint64_t> ids;
  for (const Resting& task : left) { ids.push_back(task.sight.id); }
  std::sort(ids.begin(), ids.end());
  std::unordered_map<std::uint64_t, detail::TaskPortrait> portraits;
  for (detail::TaskPortrait& portrait : detail::Census::portraits(ids)) {
    const std::uint64_t id = portrait.id;
    portraits.emplace(id, std::move(portrait));
  }
  // Most tasks have their places in common with others.
  std::map<detail::CallOfOurs, std::size_t> numbers;
  std::vector<detail::CallOfOurs> calls;
  const auto number_of = [&](detail::CallOfOurs one) {
    const auto [at, is_new] = numbers.try_emplace(std::move(one), calls.size());
    if (is_new) { calls.push_back(at->first); }
    return at->second;
  };
  struct Where {
    std::size_t waits;
    std::size_t created;
  };
  std::vector<Where> where;
  for (const Resting& task : left) {
    const auto at = portraits.find(task.sight.id);
    if (at == portraits.end()) {  // it has ended since
      where.push_back({});
      continue;
    }
    where.push_back({number_of(std::move(at->second.waits_at)), number_of({.called_from = at->second.created_at})});
  }
  const std::vector<detail::Place> places = detail::places_of(calls);
  std::vector<std::string> texts;
  for (const detail::Place& place : places) { texts.push_back(place.text()); }

  using Key = std::tuple<LeakReason, std::string, std::string, std::string, std::string>;
  std::map<Key, Leak> groups;
  const std::int64_t now = detail::clock_ns();
  for (std::size_t i = 0; i < left.size(); ++i) {
    const Resting& task = left[i];
    const auto at = portraits.find(task.sight.id);
    if (at == portraits.end()) { continue; }
    const detail::TaskPortrait& portrait = at->second;
    const auto [waits, made] = where[i];
    const detail::Place& created = places[made];
    if (std::any_of(ignored.names.begin(), ignored.names.end(), [&](const std::string& pattern) {
          return matches(pattern, portrait.name) || (!created.function.empty() && matches(pattern, created.function));
        })) {
      continue;
    }
    const LeakReason reason = reason_of(task);
    Leak& leak = groups[Key{reason, doing(task), texts[made], texts[waits], portrait.scope}];
    leak.reason = reason;
    leak.doing = doing(task);
    leak.created_at = texts[made];
    leak.waits_at = texts[waits];
    leak.created_in = public_place(created);
    leak.waits_in = public_place(places[waits]);
    leak.scope = portrait.scope;
    leak.tasks.push_back({task.sight.id, portrait.name, task.sight.waits ? task.sight.waits_on : nullptr,
                          Duration(task.sight.waits ? std::max<std::int64_t>(now - task.sight.waits_since, 0) : 0)});
  }
  std::vector<Leak> leaks;
  std::vector<Leak> running;
  for (auto& [key, leak] : groups) {
    std::sort(leak.tasks.begin(), leak.tasks.end(),
              [](const LeakedTask& a, const LeakedTask& b) { return a.id < b.id; });
    (leak.reason == LeakReason::still_running ? running : leaks).push_back(std::move(leak));
  }
  sort_by_count(leaks);
  sort_by_count(running);
  return LeakReport(scope.name(), std::move(leaks), std::move(running));
}

void throw_if_leaky(LeakReport report) {
  if (!report.clean()) { throw LeakError(std::move(report)); }
}

}  // namespace

LeakScope::LeakScope(std::string name)
    : LeakScope(*LeakScopeCore::make(std::move(name), detail::current_leak_scope()), true) {}

LeakScope::LeakScope(LeakScopeCore& core, bool entered)
    : core_(&core), exceptions_(std::uncaught_exceptions()), entered_(entered) {
  if (!entered_) { return; }
  core_->retain();
  before_ = detail::exchange_leak_scope(core_);
}

LeakScope::~LeakScope() noexcept(false) {
  // A caller that did not make the scope is not in it, and keeps its own.
  if (entered_ && detail::current_leak_scope() == core_) {
    LeakScopeCore::release(detail::exchange_leak_scope(before_));
  }
  struct Release {
    LeakScopeCore* core;
    ~Release() { LeakScopeCore::release(core); }
  } after{entered_ ? core_ : nullptr};
  if (!entered_ || checked_) { return; }
  LeakReport report = find_in(*core_);
  if (report.clean()) { return; }
  if (std::uncaught_exceptions() == exceptions_) { throw LeakError(std::move(report)); }
  std::fputs(report.text().c_str(), stderr);
}

LeakScope& LeakScope::program() {
  static LeakScope* const program = new LeakScope(LeakScopeCore::program(), false);
  return *program;
}

LeakReport LeakScope::find() {
  const detail::Call call(__builtin_return_address(0));
  checked_ = true;
  return find_in(*core_);
}

void LeakScope::check() {
  const detail::Call call(__builtin_return_address(0));
  checked_ = true;
  throw_if_leaky(find_in(*core_));
}

LeakReport find_leaks() {
  const detail::Call call(__builtin_return_address(0));
  LeakScopeCore* const scope = detail::current_leak_scope();
  return find_in(scope != nullptr ? *scope : LeakScopeCore::program());
}

void expect_no_leaks() {
  const detail::Call call(__builtin_return_address(0));
  LeakScopeCore* const scope = detail::current_leak_scope();
  throw_if_leaky(find_in(scope != nullptr ? *scope : LeakScopeCore::program()));
}

LeakScope& LeakScope::ignore(std::string pattern) {
  FutexGuard guard(core_->lock);
  core_->ignored_names.push_back(std::move(pattern));
  return *this;
}

LeakScope& LeakScope::ignore_current() {
  const std::vector<std::uint64_t> ids = detail::Census::live_ids(LeakScopeCore::program());
  FutexGuard guard(core_->lock);
  core_->ignored_tasks.insert(core_->ignored_tasks.end(), ids.begin(), ids.end());
  return *this;
}

LeakScope& LeakScope::settle_limit(Duration limit) {
  core_->settle_limit_ns.store(std::max<std::int64_t>(limit.count(), 0), std::memory_order_relaxed);
  return *this;
}

LeakScope::Entered::Entered(const LeakScope& scope) {
  LeakScopeCore* const core = scope.entered_ ? scope.core_ : nullptr;  // the program's tasks need no scope
  if (core != nullptr) { core->retain(); }
  before_ = detail::exchange_leak_scope(core);
}

LeakScope::Entered::~Entered() { LeakScopeCore::release(detail::exchange_leak_scope(before_)); }

}  // namespace tenter
