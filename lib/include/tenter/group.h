// Tasks that work on one thing, and fail as one. As Go's errgroup (https://pkg.go.dev/golang.org/x/sync/errgroup), with
// exceptions.
//
//   TaskGroup group(request_context);
//   for (const std::string& url : urls) {
//     group.go([&] { fetch(url, group.context()); });     // whoever fails ends the context of all
//   }
//   group.wait();                                         // throws what the first one to fail threw
#pragma once
#include <atomic>
#include <concepts>
#include <exception>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include <tenter/context.h>
#include <tenter/error.h>
#include <tenter/lint.h>
#include <tenter/sync.h>
#include <tenter/task.h>

namespace tenter {

// Any task or thread may call go() and try_go(). A task's return, and the end of its function object, happen before
// wait() returns. As with a WaitGroup, the first go() must happen before wait(), and the group may be used again once all
// waits have returned; the first exception stays, though.
class TaskGroup {
 public:
  TaskGroup() = default;
  // With a context of its own, derived from `parent`, which is done as soon as a task fails, or wait() returns. Its
  // cause is then the exception.
  explicit TaskGroup(const Context& parent) : TaskGroup(with_cancel_cause(parent)) {}
  // Cancels the context and waits for the tasks: they may use what lives longer than the group.
  TENTER_LINT("wait") ~TaskGroup() {
    if (cancel_) { cancel_(nullptr); }
    tasks_.wait();
  }
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // The group's own context; background() if it was made without one.
  const Context& context() const noexcept { return context_; }

  // Starts a task that calls f, once there are fewer than the limit. An exception of f's ends that task alone.
  template <class F>
    requires std::invocable<std::decay_t<F>>
  TENTER_LINT("go")
  [[gnu::always_inline]] void go(F&& f) {
    go(TaskOptions{}, std::forward<F>(f));
  }
  template <class F>
    requires std::invocable<std::decay_t<F>>
  TENTER_LINT("go")
  [[gnu::always_inline]] void go(TaskOptions options, F&& f) {
    Membership membership(*this);
    if (limit_) { membership.wait_for_place(); }
    start(std::move(options), std::move(membership), std::forward<F>(f));
  }

  // The same, but where go() would wait it returns false, and leaves f alone.
  template <class F>
    requires std::invocable<std::decay_t<F>>
  TENTER_LINT("go")
  [[gnu::always_inline]] bool try_go(F&& f) {
    return try_go(TaskOptions{}, std::forward<F>(f));
  }
  template <class F>
    requires std::invocable<std::decay_t<F>>
  TENTER_LINT("go")
  [[gnu::always_inline]] bool try_go(TaskOptions options, F&& f) {
    Membership membership(*this);
    if (limit_ && !membership.try_place()) { return false; }
    start(std::move(options), std::move(membership), std::forward<F>(f));
    return true;
  }

  // Returns when all tasks have. If any of them threw, throws what the first one threw, every time.
  TENTER_LINT("wait") void wait() {
    tasks_.wait();
    std::exception_ptr error = first_error();
    if (cancel_) { cancel_(error); }
    if (error != nullptr) { std::rethrow_exception(std::move(error)); }
  }

  // At most n tasks at a time; below zero: any number; 0: none, so that go() waits for ever. Before this call the group
  // has no limit. Throws Error while a task of the group is active, or waits in go().
  void set_limit(int n) {
    if (is_active()) { throw Error("set_limit() while tasks of the group are active"); }
    if (n < 0) {
      limit_.reset();
    } else {
      limit_.emplace(n);
    }
  }

 private:
  // Whoever has one is counted as a task of the group, from before it is started until its function is destroyed.
  class Membership {
   public:
    explicit Membership(TaskGroup& group) : group_(&group) {
      group.count(1);
      group.tasks_.add(1);
    }
    Membership(Membership&& other) noexcept
        : group_(std::exchange(other.group_, nullptr)), has_place_(std::exchange(other.has_place_, false)) {}
    Membership& operator=(Membership&&) = delete;
    ~Membership() {
      if (group_ == nullptr) { return; }
      if (has_place_) { group_->limit_->release(); }
      group_->count(-1);
      group_->tasks_.done();  // the group may be gone after this
    }
    void wait_for_place() {
      group_->limit_->acquire();
      has_place_ = true;
    }
    bool try_place() { return has_place_ = group_->limit_->try_acquire(); }
    TaskGroup& group() const { return *group_; }

   private:
    TaskGroup* group_;
    bool has_place_ = false;
  };

  template <class F>
  struct Member {
    Membership membership;  // first, so that it is the last to go
    F function;

    void operator()() {
      try {
        std::invoke(std::move(function));
      } catch (...) { membership.group().fail(std::current_exception()); }
    }
  };

  explicit TaskGroup(std::pair<Context, CancelCauseFunc> own)
      : context_(std::move(own.first)), cancel_(std::move(own.second)) {}

  template <class F>
  [[gnu::always_inline]] void start(TaskOptions options, Membership membership, F&& f) {
    tenter::go(std::move(options), Member<std::decay_t<F>>{std::move(membership), std::forward<F>(f)});
  }
  void fail(std::exception_ptr error) {
    if (keep_first(error) && cancel_) { cancel_(std::move(error)); }
  }
  // What is counted here is not for the recorder to see: what orders is tasks_, and limit_.
  void count(int more) noexcept;
  bool is_active() const noexcept;
  bool keep_first(const std::exception_ptr& error) noexcept;  // true: it was
  std::exception_ptr first_error() const noexcept;

  WaitGroup tasks_;
  Context context_;
  CancelCauseFunc cancel_;  // null: the group has no context of its own
  std::optional<Semaphore> limit_;
  std::atomic<int> active_{0};
  std::atomic<int> failure_{0};  // 1: somebody is storing error_. 2: it is there
  std::exception_ptr error_;
};

}  // namespace tenter
