// What contexts end with, and how whoever asks is told.
#include <atomic>

#include "channel/channel.h"
#include "context/tree.h"
#include "task/call.h"

namespace tenter {
namespace {

class ContextCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "tenter.context"; }
  std::string message(int reason) const override {
    switch (static_cast<context_errc>(reason)) {
      case context_errc::canceled: return "context canceled";
      case context_errc::deadline_exceeded: return "context deadline exceeded";
    }
    return "unknown context error";
  }
  std::error_condition default_error_condition(int reason) const noexcept override {
    switch (static_cast<context_errc>(reason)) {
      case context_errc::canceled: return std::errc::operation_canceled;
      case context_errc::deadline_exceeded: return std::errc::timed_out;
    }
    return {reason, *this};
  }
};

// Never destroyed: tasks may look at it while the process ends.
union ImmortalCategory {
  constexpr ImmortalCategory() : category() {}
  ~ImmortalCategory() {}
  ContextCategory category;
};
constinit const ImmortalCategory immortal;

}  // namespace

const std::error_category& context_category() noexcept { return immortal.category; }

namespace detail {
namespace {

// The cause where nobody gave one. Made once and kept: no static local, whose guard a recorder would take for the
// program's.
std::exception_ptr default_cause(int reason) {
  static constinit std::atomic<std::exception_ptr*> causes[2]{};
  std::atomic<std::exception_ptr*>& place = causes[reason - 1];
  std::exception_ptr* cause = place.load(std::memory_order_acquire);
  if (cause == nullptr) {
    auto* const made = new std::exception_ptr(std::make_exception_ptr(ContextError(static_cast<context_errc>(reason))));
    if (place.compare_exchange_strong(cause, made, std::memory_order_acq_rel, std::memory_order_acquire)) {
      cause = made;
    } else {
      delete made;
    }
  }
  return *cause;
}

// Returns when all below the context is done, too.
void observe_done(CancelableContext& context) {
  const FutexGuard guard(context.lock);
  observe_done_locked(context);
}

// Whoever asked was told that it is not done; where it has been done meanwhile, nobody is told that it asked.
void look_before_the_end(CancelableContext& context) {
  const FutexGuard guard(context.done->lock);
  if (context.error.load(std::memory_order_acquire) == 0) { TENTER_ANNOTATE(tenter_chan_look(context.done)); }
}

}  // namespace

void observe_done_locked(CancelableContext& context) {
  Unit nothing;
  context.done->try_once(false, &nothing);
}

const void* context_channel(const ContextCore* context) noexcept { return context->nearest->done; }

ChannelCore* context_done(const ContextCore* context) {
  if (context == nullptr || context->nearest == nullptr) { return nullptr; }
  context->nearest->done->retain();
  return context->nearest->done;
}

std::error_code context_err(const ContextCore* context) {
  const Call call(__builtin_return_address(0));
  charge();
  if (context == nullptr || context->nearest == nullptr) { return {}; }
  const int reason = context->nearest->error.load(std::memory_order_acquire);
  if (reason == 0) {
    if (tenter_recording()) { look_before_the_end(*context->nearest); }
    return {};
  }
  observe_done(*context->nearest);
  return static_cast<context_errc>(reason);
}

std::exception_ptr context_cause(const ContextCore* context) {
  const Call call(__builtin_return_address(0));
  charge();
  if (context == nullptr || context->nearest == nullptr) { return nullptr; }
  CancelableContext& nearest = *context->nearest;
  const int reason = nearest.error.load(std::memory_order_acquire);
  if (reason == 0) { return nullptr; }
  std::exception_ptr cause;
  {
    const FutexGuard guard(nearest.lock);
    observe_done_locked(nearest);
    cause = nearest.cause;
  }
  return cause != nullptr ? cause : default_cause(reason);
}

}  // namespace detail
}  // namespace tenter
