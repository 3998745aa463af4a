// What the library tells a recorder. This program links a recorder of its own, which writes down every call.
#include <gtest/gtest.h>

#include <atomic>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <tenter/annotate.h>
#include <tenter/tenter.h>

#include "task/scheduler.h"

namespace {

// A task or thread, as this recorder knows it. Deliberately never freed: tests look at the dead, too.
struct Who {
  std::string name;
  bool started = false;
  bool ended = false;
  bool destroyed = false;
  bool waits = false;
  bool sleeps = false;  // or yields
  int ignoring = 0;
};

std::mutex mutex;  // a plain one: the recorder is not the library's user
std::vector<std::string> entries;
std::map<const void*, std::string> names;
std::vector<std::string> faults;
std::map<const void*, const void*> handles;  // live ones, and their channels
std::vector<std::string> handle_entries;     // apart from the others, for there are many
bool tells_of_sleeps = false;                // as which yields are told, too
int threads = 0;
thread_local Who* thread_self = nullptr;
thread_local Who* running = nullptr;  // the task on this thread

Who* self() {
  if (running != nullptr) { return running; }
  if (thread_self == nullptr) { thread_self = new Who{"thread" + std::to_string(threads++), true}; }
  return thread_self;
}

std::string name_of(const void* object) {
  if (object == nullptr) { return "-"; }
  const auto found = names.find(object);
  return found != names.end() ? found->second : "?";
}
std::string name_of_who(const void* who) { return who == nullptr ? "-" : static_cast<const Who*>(who)->name; }

void write(const std::string& text) { entries.push_back(self()->name + " " + text); }
void fault(const std::string& text) { faults.push_back(self()->name + ": " + text); }

using Guard = std::lock_guard<std::mutex>;

}  // namespace

extern "C" {
void tenter_acquire(const void*) {
  const Guard guard(mutex);
  write("acquire");
}
void tenter_release(const void*) {
  const Guard guard(mutex);
  write("release");
}
void tenter_ignore_begin() {
  const Guard guard(mutex);
  ++self()->ignoring;
}
void tenter_ignore_end() {
  const Guard guard(mutex);
  if (--self()->ignoring < 0) { fault("ignore_end without begin"); }
}
void tenter_name(const void* object, int, const char* text, size_t length) {
  const Guard guard(mutex);
  names[object] = std::string(text, length);
}
void* tenter_task_create(int kind, const char* name, size_t length) {
  const Guard guard(mutex);
  auto* const task = new Who{std::string(name, length)};
  write("create " + std::to_string(kind) + " " + task->name);
  return task;
}
void tenter_task_switch(void* task) {
  const Guard guard(mutex);
  if (task != nullptr && static_cast<Who*>(task)->destroyed) { fault("switch to a destroyed task"); }
  running = static_cast<Who*>(task);
}
void tenter_task_start(void* task) {
  const Guard guard(mutex);
  if (task != running) { fault("start of a task that was not switched to"); }
  running->started = true;
  write("start");
}
void tenter_task_end(void* task) {
  const Guard guard(mutex);
  if (task != running) { fault("end of a task that does not run"); }
  running->ended = true;
  write("end");
}
void tenter_task_destroy(void* task) {
  const Guard guard(mutex);
  auto* const who = static_cast<Who*>(task);
  if (task == running) { fault("destroyed while it runs"); }
  if (who->started && !who->ended) { fault("destroyed before its end"); }
  if (who->destroyed) { fault("destroyed twice"); }
  who->destroyed = true;
}
void tenter_thread_is_worker() {
  const Guard guard(mutex);
  thread_self = new Who{"worker", true};
}
void* tenter_current() {
  const Guard guard(mutex);
  return self();
}
void tenter_fresh_memory(const void*, size_t) {}

void tenter_lock_create(const void* lock, int kind) {
  const Guard guard(mutex);
  write("lock_create " + name_of(lock) + " " + std::to_string(kind));
}
void tenter_lock_destroy(const void* lock) {
  const Guard guard(mutex);
  write("lock_destroy " + name_of(lock));
}
void tenter_lock_acquired(const void* lock, int kind, int flags) {
  const Guard guard(mutex);
  write("locked " + name_of(lock) + " " + std::to_string(kind) + " " + std::to_string(flags));
}
void tenter_lock_releasing(const void* lock, int kind, int flags) {
  const Guard guard(mutex);
  write("unlock " + name_of(lock) + " " + std::to_string(kind) + " " + std::to_string(flags));
}
void tenter_lock_refused(const void* lock, int kind, int flags) {
  const Guard guard(mutex);
  write("refused " + name_of(lock) + " " + std::to_string(kind) + " " + std::to_string(flags));
}
void tenter_cond_signal(const void* cond, int broadcast, void* woken) {
  const Guard guard(mutex);
  write("signal " + name_of(cond) + " " + std::to_string(broadcast) + " " + name_of_who(woken));
}
void tenter_cond_woken(const void* cond) {
  const Guard guard(mutex);
  write("woken " + name_of(cond));
}
void tenter_once_begin(const void* once) {
  const Guard guard(mutex);
  write("once_begin " + name_of(once));
}
void tenter_once_end(const void* once) {
  const Guard guard(mutex);
  write("once_end " + name_of(once));
}
void tenter_once_pass(const void* once) {
  const Guard guard(mutex);
  write("once_pass " + name_of(once));
}
void tenter_wait_group_create(const void* group) {
  const Guard guard(mutex);
  write("wg_create " + name_of(group));
}
void tenter_wait_group_add(const void* group, int64_t delta) {
  const Guard guard(mutex);
  write("wg_add " + name_of(group) + " " + std::to_string(delta));
}
void tenter_wait_group_pass(const void* group) {
  const Guard guard(mutex);
  write("wg_pass " + name_of(group));
}
void tenter_sem_create(const void* semaphore, int64_t count) {
  const Guard guard(mutex);
  write("sem_create " + name_of(semaphore) + " " + std::to_string(count));
}
void tenter_sem_post(const void* semaphore, int64_t count) {
  const Guard guard(mutex);
  write("sem_post " + name_of(semaphore) + " " + std::to_string(count));
}
void tenter_sem_wait(const void* semaphore, int64_t count) {
  const Guard guard(mutex);
  write("sem_wait " + name_of(semaphore) + " " + std::to_string(count));
}
void tenter_sem_refused(const void* semaphore, int64_t count) {
  const Guard guard(mutex);
  write("sem_refused " + name_of(semaphore) + " " + std::to_string(count));
}
void tenter_chan_make(const void*, uint64_t capacity) {
  const Guard guard(mutex);
  write("make " + std::to_string(capacity));
}
void tenter_chan_destroy(const void* chan) {
  const Guard guard(mutex);
  write("chan_destroy " + name_of(chan));
}
void tenter_chan_send(const void* chan, int flags, void* partner) {
  const Guard guard(mutex);
  write("send " + name_of(chan) + " " + std::to_string(flags) + " " + name_of_who(partner));
}
void tenter_chan_recv(const void* chan, int flags, void* partner) {
  const Guard guard(mutex);
  write("recv " + name_of(chan) + " " + std::to_string(flags) + " " + name_of_who(partner));
}
void tenter_chan_park(const void* chan, int flags) {
  const Guard guard(mutex);
  if (!self()->waits) { fault("park before wait_begin"); }
  write("park " + name_of(chan) + " " + std::to_string(flags));
}
void tenter_chan_unpark(const void* chan, int flags) {
  const Guard guard(mutex);
  write("unpark " + name_of(chan) + " " + std::to_string(flags));
}
void tenter_chan_done(const void* chan, int flags) {
  const Guard guard(mutex);
  write("done " + name_of(chan) + " " + std::to_string(flags));
}
void tenter_chan_close(const void* chan) {
  const Guard guard(mutex);
  write("close " + name_of(chan));
}
void tenter_chan_look(const void* chan) {
  const Guard guard(mutex);
  write("look " + name_of(chan));
}
void tenter_chan_timer_send(const void* chan, void* partner) {
  const Guard guard(mutex);
  entries.push_back("timer_send " + name_of(chan) + " " + name_of_who(partner));
}
void tenter_handle_birth(const void* chan, const void* handle, int flags) {
  const Guard guard(mutex);
  if (flags == 14) {  // none begins: it is in the closure of the task that waits
    const auto found = handles.find(handle);
    if (found == handles.end() || found->second != chan) { fault("a task holds a handle that is not there"); }
  } else if (!handles.emplace(handle, chan).second) {
    fault("a handle begins where one is");
  }
  handle_entries.push_back("birth " + std::to_string(flags));
}
void tenter_handle_death(const void* chan, const void* handle, int flags) {
  const Guard guard(mutex);
  const auto found = handles.find(handle);
  if (found == handles.end() || found->second != chan) { fault("a handle ends where none of this channel is"); }
  handles.erase(handle);
  handle_entries.push_back("death " + std::to_string(flags));
}
void tenter_wait_begin(int kind, const void* object) {
  const Guard guard(mutex);
  if (self()->waits) { fault("wait_begin within a wait"); }
  self()->waits = true;
  self()->sleeps = kind == 11;
  if (self()->sleeps && !tells_of_sleeps) { return; }
  write("wait " + std::to_string(kind) + " " + name_of(object));
}
void tenter_select_case(const void* chan, int flags, const void*) {
  const Guard guard(mutex);
  write("case " + name_of(chan) + " " + std::to_string(flags));
}
void tenter_wait_end() {
  const Guard guard(mutex);
  if (!self()->waits) { fault("wait_end without a wait"); }
  self()->waits = false;
  if (self()->sleeps && !tells_of_sleeps) { return; }
  write("wait_end");
}
void tenter_misuse(int kind, const void* object) {
  const Guard guard(mutex);
  write("misuse " + std::to_string(kind) + " " + name_of(object));
  if (kind >= 7) { std::fprintf(stderr, "recorded misuse %d\n", kind); }
}
void tenter_flush() {
  const Guard guard(mutex);
  std::fprintf(stderr, "flushed\n");
}
}

namespace tenter {
namespace {

using Log = std::vector<std::string>;

const void* core(const auto& channel) { return detail::ChannelAccess::core(channel); }
void call(const void* object, const std::string& name) { tenter_name(object, 3, name.data(), name.size()); }

// run() may return before its main task has said its last word.
void until_main_has_ended() {
  for (;; std::this_thread::yield()) {
    const Guard guard(mutex);
    if (std::find(entries.begin(), entries.end(), "main end") != entries.end()) { return; }
  }
}

// Runs the body as the main task of one worker, and returns what was recorded from its start to its end.
Log record(const std::function<void()>& body) {
  set_max_workers(1);
  {
    const Guard guard(mutex);
    faults.clear();
  }
  Log result;
  run([&] {
    {
      const Guard guard(mutex);
      entries.clear();
    }
    body();
    const Guard guard(mutex);
    result = entries;
  });
  until_main_has_ended();
  const Guard guard(mutex);
  EXPECT_EQ(faults, Log{});
  return result;
}

Log of(const std::string& who, const Log& log) {
  Log result;
  for (const std::string& entry : log) {
    if (entry.starts_with(who + " ")) { result.push_back(entry.substr(who.size() + 1)); }
  }
  return result;
}

void until_waiting(std::size_t count) {
  while (detail::count_waiting() != count) { yield(); }
}

// What the body's handles did. After it none is left.
Log handles_of(const std::function<void()>& body) {
  Log result;
  record([&] {
    {
      const Guard guard(mutex);
      handle_entries.clear();
    }
    body();
    const Guard guard(mutex);
    result = handle_entries;
    EXPECT_TRUE(handles.empty()) << handles.size();
    handles.clear();
  });
  return result;
}

// 1 sends, 2 receives; 4 copied, 8 moved.
TEST(Annotation, HandlesBeginAndEnd) {
  const Log made{"birth 3", "death 11", "birth 11"};
  const auto after_making = [&](const Log& log, std::size_t skipped = 3) {
    EXPECT_EQ(Log(log.begin(), log.begin() + 3), made);
    return Log(log.begin() + static_cast<std::ptrdiff_t>(skipped), log.end());
  };
  EXPECT_EQ(after_making(handles_of([] { make_chan<int>(); })), (Log{"death 3"}));
  EXPECT_EQ(after_making(handles_of([] {
              const auto one = make_chan<int>();
              const auto copy = one;
            })),
            (Log{"birth 7", "death 3", "death 3"}));
  EXPECT_EQ(after_making(handles_of([] {
              auto one = make_chan<int>();
              const auto other = std::move(one);
            })),
            (Log{"death 11", "birth 11", "death 3"}));
  EXPECT_EQ(after_making(handles_of([] {
              const auto one = make_chan<int>();
              const SendChan<int> out = one;
              const RecvChan<int> in = one;
            })),
            (Log{"birth 5", "death 9", "birth 9", "birth 6", "death 10", "birth 10", "death 2", "death 1", "death 3"}));
  EXPECT_EQ(after_making(handles_of([] {
              auto one = make_chan<int>();
              one = {};
            })),
            (Log{"death 3"}));
}

TEST(Annotation, ATaskThatWaitsForAContextTellsOfTheCancelFunctionInItsClosure) {
  const auto told = [](bool selects, bool holds) {
    const Log log = handles_of([=] {
      auto [context, cancel] = with_cancel(background());
      WaitGroup over;
      over.go([selects, awaited = context, mine = holds ? cancel : CancelFunc()] {
        if (selects) select(on_recv(awaited.done()), on_recv(Chan<int>()));
        else (void)awaited.done().recv();
      });
      until_waiting(1);
      cancel();
      over.wait();
    });
    return std::count(log.begin(), log.end(), "birth 14");
  };
  for (const bool selects : {false, true}) {
    EXPECT_EQ(told(selects, false), 0);
    EXPECT_EQ(told(selects, true), 1);
  }
}

TEST(Annotation, HandlesAreKnownWhereverTheyGo) {
  handles_of([] {
    std::vector<Chan<int>> many(3, make_chan<int>(8));
    many.resize(100, many.front());
    many.erase(many.begin(), many.begin() + 50);
    std::swap(many.front(), many.back());
    many.front() = many.back();
    auto& same = many.front();
    many.front() = same;
    many.front() = std::move(same);
    many.front() = make_chan<int>(1);
    const auto carrier = make_chan<Chan<int>>(1);
    carrier.send(many.front());
    WaitGroup done;
    done.go([carrier] {
      const auto carried = carrier.recv();
      select(on_send(*carried, 1), on_recv(*carried), on_recv(after(std::chrono::hours(1))));
    });
    done.wait();
    carrier.send(many.front());  // stays in the buffer
    Selector selector;
    selector.recv(many.front(), [] {});
    many.front().close();
    for (const int value : many.front()) { EXPECT_EQ(value, 1); }
  });
}

TEST(Annotation, ATasksLife) {
  const Log log = record([] {
    go({.name = "child"}, [] {});
    while (task_count() > 1) { yield(); }
  });
  EXPECT_EQ(log, (Log{"main create 2 child", "child start", "child end"}));
}

TEST(Annotation, RunIsOrderedAfterItsMainTask) {
  record([] {});
  const Guard guard(mutex);
  const Log log = entries;
  const auto release = std::find(log.begin(), log.end(), "main release");
  ASSERT_NE(release, log.end());
  EXPECT_TRUE(std::any_of(release, log.end(), [](const std::string& entry) { return entry.ends_with("acquire"); }));
}

TEST(Annotation, UnbufferedWithAWaitingReceiver) {
  const auto c = make_chan<int>();
  call(core(c), "c");
  const Log log = record([&] {
    go({.name = "r"}, [&] { (void)c.recv(); });
    until_waiting(1);
    c.send(1);
    yield();
  });
  EXPECT_EQ(log, (Log{"main create 2 r", "r start", "r wait 8 c", "r park c 0", "main send c 0 r", "r done c 0",
                      "r wait_end", "r end"}));
}

TEST(Annotation, UnbufferedWithAWaitingSender) {
  const auto c = make_chan<int>();
  call(core(c), "c");
  const Log log = record([&] {
    go({.name = "s"}, [&] { c.send(1); });
    until_waiting(1);
    (void)c.recv();
    yield();
  });
  EXPECT_EQ(log, (Log{"main create 2 s", "s start", "s wait 7 c", "s park c 1", "main recv c 0 s", "s done c 1",
                      "s wait_end", "s end"}));
}

TEST(Annotation, BufferedAndFull) {
  const auto c = make_chan<int>(1);
  call(core(c), "c");
  const Log log = record([&] {
    c.send(1);
    go({.name = "s"}, [&] { c.send(2); });
    until_waiting(1);
    (void)c.recv();
    yield();
    (void)c.recv();
  });
  EXPECT_EQ(of("main", log), (Log{"send c 0 -", "create 2 s", "recv c 0 s", "recv c 0 -"}));
  EXPECT_EQ(of("s", log), (Log{"start", "wait 7 c", "park c 1", "done c 1", "wait_end", "end"}));
}

TEST(Annotation, CloseAndWhatItWakes) {
  const auto c = make_chan<int>();
  call(core(c), "c");
  const Log log = record([&] {
    go({.name = "r"}, [&] { (void)c.recv(); });
    until_waiting(1);
    c.close();
    yield();
    (void)c.recv();
    (void)c.try_recv();
    EXPECT_THROW(c.send(1), ClosedChannelError);
    EXPECT_THROW(c.close(), ClosedChannelError);
    EXPECT_THROW(Chan<int>().close(), NilChannelError);
  });
  EXPECT_EQ(of("r", log), (Log{"start", "wait 8 c", "park c 0", "done c 2", "wait_end", "end"}));
  EXPECT_EQ(of("main", log),
            (Log{"create 2 r", "close c", "recv c 2 -", "recv c 10 -", "misuse 0 c", "misuse 1 c", "misuse 2 -"}));
}

TEST(Annotation, ASenderThatCloseWakes) {
  const auto c = make_chan<int>();
  call(core(c), "c");
  const Log log = record([&] {
    go({.name = "s"}, [&] { EXPECT_THROW(c.send(1), ClosedChannelError); });
    until_waiting(1);
    c.close();
    yield();
  });
  EXPECT_EQ(of("s", log), (Log{"start", "wait 7 c", "park c 1", "done c 3", "wait_end", "misuse 0 c", "end"}));
}

TEST(Annotation, SelectThatWaits) {
  const auto a = make_chan<int>();
  const auto b = make_chan<int>();
  call(core(a), "a");
  call(core(b), "b");
  const Log log = record([&] {
    go({.name = "s"}, [&] { select(on_recv(a), on_send(b, 1)); });
    until_waiting(1);
    (void)b.recv();
    yield();
  });
  EXPECT_EQ(of("s", log), (Log{"start", "wait 9 -", "case a 4", "case b 5", "park a 4", "park b 5", "done b 5",
                               "unpark a 4", "wait_end", "end"}));
  EXPECT_EQ(of("main", log), (Log{"create 2 s", "recv b 0 s"}));
}

TEST(Annotation, SelectThatNeedNotWait) {
  const auto a = make_chan<int>(1);
  call(core(a), "a");
  const Log log = record([&] {
    select(on_recv(a), otherwise());
    select(on_send(a, 1));
    select(on_recv(a), otherwise());
  });
  EXPECT_EQ(log, (Log{"main look a", "main case a 5", "main send a 4 -", "main case a 4", "main case - 4",
                      "main recv a 4 -"}));
}

TEST(Annotation, CapYieldAndCountSayNothing) {
  const auto a = make_chan<int>(1);
  const Log log = record([&] {
    (void)a.cap();
    (void)task_count();
    yield();
    const Chan<int> copy = a;
  });
  EXPECT_EQ(log, Log{});
}

TEST(Annotation, LooksThatChangeNothing) {
  const auto a = make_chan<int>();
  call(core(a), "a");
  const Log log = record([&] {
    (void)a.len();
    (void)a.try_recv();
    (void)a.try_send(1);
    Semaphore s(1);
    call(&s, "s");
    EXPECT_FALSE(s.try_acquire(2));
    RWMutex rw;
    call(&rw, "rw");
    rw.lock();
    EXPECT_FALSE(rw.try_lock());
    EXPECT_FALSE(rw.try_lock_shared());
    rw.unlock();
  });
  EXPECT_EQ(of("main", log),
            (Log{"look a", "look a", "look a", "sem_create ? 1", "sem_refused s 2", "lock_create ? 5", "locked rw 5 0",
                 "refused rw 5 0", "refused rw 5 1", "unlock rw 5 0", "lock_destroy rw"}));
}

TEST(Annotation, AContextThatIsNotDone) {
  auto [context, cancel] = with_cancel(Context());
  const auto done = context.done();
  call(core(done), "done");
  const Log log = record([&] { EXPECT_FALSE(context.err()); });
  EXPECT_EQ(log, Log{"main look done"});
  cancel();
}

TEST(Annotation, Locks) {
  const Log log = record([] {
    Mutex m;
    call(&m, "m");
    m.lock();
    EXPECT_FALSE(m.try_lock());
    m.unlock();
    EXPECT_TRUE(m.try_lock());
    m.unlock();
    EXPECT_THROW(m.unlock(), UnlockError);
    RWMutex rw;
    call(&rw, "rw");
    rw.lock_shared();
    rw.shared_locker().lock();
    rw.unlock_shared();
    rw.shared_locker().unlock();
    rw.lock();
    rw.unlock();
  });
  EXPECT_EQ(of("main", log),
            (Log{"lock_create ? 4", "locked m 4 0", "refused m 4 0", "unlock m 4 0", "locked m 4 2", "unlock m 4 0",
                 "misuse 4 m", "lock_create ? 5", "locked rw 5 1", "locked rw 5 1", "unlock rw 5 1", "unlock rw 5 1",
                 "locked rw 5 0", "unlock rw 5 0", "lock_destroy rw", "lock_destroy m"}));
}

TEST(Annotation, ALockThatIsWaitedFor) {
  const Log log = record([] {
    Mutex m;
    call(&m, "m");
    m.lock();
    go({.name = "t"}, [&] {
      m.lock();
      m.unlock();
    });
    until_waiting(1);
    m.unlock();
    while (task_count() > 1) { yield(); }
  });
  EXPECT_EQ(of("t", log), (Log{"start", "wait 0 m", "wait_end", "locked m 4 0", "unlock m 4 0", "end"}));
}

TEST(Annotation, Groups) {
  const Log log = record([] {
    WaitGroup g;
    call(&g, "g");
    g.go({.name = "t"}, [] { yield(); });
    g.wait();
    EXPECT_THROW(g.done(), NegativeWaitGroupError);
  });
  EXPECT_EQ(of("main", log),
            (Log{"wg_create ?", "wg_add g 1", "create 2 t", "wait 10 g", "wait_end", "wg_pass g", "misuse 3 g"}));
  EXPECT_EQ(of("t", log)[1], "wg_add g -1");
}

TEST(Annotation, Conditions) {
  const Log log = record([] {
    Mutex m;
    Cond c(m);
    call(&m, "m");
    call(&c, "c");
    c.signal();
    go({.name = "t"}, [&] {
      m.lock();
      c.wait();
      m.unlock();
    });
    until_waiting(1);
    c.signal();
    while (task_count() > 1) { yield(); }
  });
  EXPECT_EQ(of("t", log), (Log{"start", "locked m 4 0", "unlock m 4 0", "wait 2 c", "woken c", "wait_end",
                               "locked m 4 0", "unlock m 4 0", "end"}));
  EXPECT_EQ(of("main", log), (Log{"lock_create ? 4", "signal c 0 -", "create 2 t", "signal c 0 t", "lock_destroy m"}));
}

TEST(Annotation, OnceAndSemaphore) {
  const Log log = record([] {
    Once o;
    call(&o, "o");
    o.call([] {});
    o.call([] {});
    Semaphore s(2);
    call(&s, "s");
    s.acquire(2);
    s.release();
  });
  EXPECT_EQ(log, (Log{"main once_begin o", "main once_end o", "main once_pass o", "main sem_create ? 2",
                      "main sem_wait s 2", "main sem_post s 1"}));
}

TEST(Annotation, Timers) {
  tells_of_sleeps = true;
  const Log log = record([] {
    const auto c = after(std::chrono::milliseconds(2));
    call(core(c), "c");
    (void)c.recv();
    const auto done = make_chan<Unit>(1);
    call(core(done), "done");
    const Timer timer = after_func(std::chrono::microseconds(10), [&] { (void)done.send({}); });
    (void)done.recv();
    sleep_for(std::chrono::microseconds(10));
  });
  tells_of_sleeps = false;
  EXPECT_EQ(of("timer_send", log), (Log{"c main"}));
  const Log main = of("main", log);
  EXPECT_EQ(main[0], "make 1");
  EXPECT_EQ(main[1], "wait 8 c");
  EXPECT_EQ(main[2], "park c 0");
  EXPECT_EQ(main[3], "done c 0");
  // The task of the function is created by whoever called after_func, and starts later.
  EXPECT_NE(std::find(main.begin(), main.end(), "create 2 after_func"), main.end());
  EXPECT_EQ(of("after_func", log).front(), "start");
  const auto sleep = std::find(main.begin(), main.end(), "wait 11 -");
  ASSERT_LT(sleep + 1, main.end());
  EXPECT_EQ(sleep[1], "wait_end");
}

TEST(Annotation, AThreadIsItselfAsAPartner) {
  const auto c = make_chan<int>();
  call(core(c), "c");
  const Log log = record([&] {
    std::thread thread([&] { (void)c.recv(); });
    until_waiting(1);
    c.send(1);
    thread.join();
  });
  const Log main = of("main", log);
  ASSERT_EQ(main.size(), 1u);
  EXPECT_TRUE(main[0].starts_with("send c 0 thread")) << main[0];
}

// What is left in a channel is taken over by whoever drops the last handle.
TEST(Annotation, LeftValuesAreReceivedByTheirDestroyer) {
  const Log log = record([] {
    auto c = make_chan<std::string>(2);
    call(core(c), "c");
    c.send("a");
  });
  EXPECT_EQ(log, (Log{"main make 2", "main send c 0 -", "main recv c 0 -", "main chan_destroy c"}));
}

// Moves of values are not the program's own accesses.
TEST(Annotation, ValuesAreMovedUnseen) {
  struct Watcher {
    Watcher() = default;
    Watcher(Watcher&& other) noexcept : seen(other.seen) {
      const Guard guard(mutex);
      if (self()->ignoring > 0) { ++*seen; }
    }
    int* seen = nullptr;
  };
  int seen = 0;
  record([&] {
    const auto c = make_chan<Watcher>(1);
    Watcher watcher;
    watcher.seen = &seen;
    c.send(std::move(watcher));
    (void)c.recv();
  });
  EXPECT_EQ(seen, 2);
}

TEST(Annotation, ManyTasksOnManyWorkersKeepTheRules) {
  set_max_workers(4);
  {
    const Guard guard(mutex);
    faults.clear();
  }
  run([] {
    const auto a = make_chan<int>();
    const auto b = make_chan<int>(2);
    Mutex m;
    WaitGroup group;
    for (int i = 0; i < 50; ++i) {
      group.go([&] {
        for (int k = 0; k < 20; ++k) {
          select(on_send(a, k), on_send(b, k));
          m.lock();
          yield();
          m.unlock();
        }
      });
      group.go([&] {
        for (int k = 0; k < 20; ++k) { select(on_recv(a), on_recv(b)); }
      });
    }
    group.wait();
  });
  const Guard guard(mutex);
  EXPECT_EQ(faults, Log{});
}

TEST(AnnotationEnding, AProgramThatSleepsIsToldToTheRecorder) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(run([] { (void)make_chan<int>().recv(); }), testing::ExitedWithCode(2),
              "all tasks are asleep - deadlock!(.|\n)*recorded misuse 8\nflushed");
}

TEST(AnnotationEnding, AnExceptionIsToldToTheRecorderUnlessItIsOurs) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(run([] { throw std::runtime_error("x"); }), testing::ExitedWithCode(2), "recorded misuse 7\nflushed");
  EXPECT_EXIT(run([] { Mutex().unlock(); }), testing::ExitedWithCode(2), "unlocked mutex\nflushed");
}

}  // namespace
}  // namespace tenter
