// What is put in comes out: events written through record.h and read back by the analyzer's reader.
#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <thread>

#include "record/atomic.h"
#include "record/record.h"
#include "record/thread.h"
#include "recorded.h"

using namespace tenter;
using tenter::test::recorded;
using tenter::test::Recorded;
using tenter::test::RecordedEvent;
using tenter::trace::Op;

namespace {

template <class T>
const T* at(std::uintptr_t address) {
  return reinterpret_cast<const T*>(address);
}
constexpr std::uintptr_t code = 0x5555'0000'1000;
constexpr std::uintptr_t data = 0x7fff'1234'5678;

TEST(Recorder, a_clean_run_is_complete_and_knows_its_program) {
  const Recorded run = recorded([] {});
  ASSERT_EQ(run.refused, "");
  EXPECT_TRUE(run.info.complete);
  EXPECT_EQ(run.info.lost_events, 0u);
  EXPECT_NE(run.info.program.find("record_test"), std::string::npos);
  EXPECT_FALSE(run.info.modules.empty());
  EXPECT_EQ(run.standard_error, "");
  ASSERT_EQ(run.of(Op::task_start).size(), 1u);
  EXPECT_EQ(run.of(Op::task_start)[0].arg, static_cast<std::uint8_t>(trace::TaskKind::main));
}

TEST(Recorder, accesses_of_all_sizes_come_back) {
  const Recorded run = recorded([] {
    for (unsigned size_log2 = 0; size_log2 < 4; ++size_log2) {
      record::access(at<char>(data + 64 * size_log2), size_log2, size_log2 % 2 == 0, code + size_log2 * 5000);
    }
    record::access_range(at<char>(data + 4096), 12345, trace::AccessFlag::write | trace::AccessFlag::library, code);
  });
  const auto accesses = run.of(Op::access_range);
  ASSERT_EQ(accesses.size(), 5u);
  for (unsigned i = 0; i < 4; ++i) {
    EXPECT_EQ(accesses[i].object, data + 64 * i);
    EXPECT_EQ(accesses[i].value, 1u << i);
    EXPECT_EQ(analysis::is_write(accesses[i]), i % 2 == 0);
    EXPECT_EQ(accesses[i].pc, code + i * 5000);
  }
  EXPECT_EQ(accesses[4].value, 12345u);
  EXPECT_EQ(accesses[4].flags, trace::AccessFlag::write | trace::AccessFlag::library);
  EXPECT_EQ(accesses[4].pc, code);
}

// As the end mark tells.
std::uint64_t words_written(const Recorded& run) {
  std::ifstream file(run.path, std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  const std::size_t at_key = bytes.rfind("\nwords=");
  return at_key == std::string::npos ? 0 : std::stoull(bytes.substr(at_key + 7, 20));
}

TEST(Recorder, a_loop_over_an_array_is_few_words_and_all_its_accesses) {
  for (const std::uint64_t count : {1u, 2u, 3u, 4u, 100'000u}) {
    const Recorded run = recorded([&] {
      for (std::uint64_t i = 0; i < count; ++i) { record::access(at<char>(data + i * 4), 2, true, code); }
      for (std::uint64_t i = 0; i < count; ++i) { record::access(at<char>(data + 0x1000'0000 + i), 0, false, code); }
      record::access(at<char>(data + 0x1000'0000 + count), 0, false, code + 1);
    });
    const auto accesses = run.of(Op::access_range);
    ASSERT_EQ(accesses.size(), 2 * count + 1);
    for (std::uint64_t i = 0; i < count; ++i) {
      ASSERT_EQ(accesses[i].object, data + i * 4);
      ASSERT_EQ(accesses[i].value, 4u);
      ASSERT_EQ(accesses[i].flags, trace::AccessFlag::write);
      ASSERT_EQ(accesses[i].pc, code);
      ASSERT_EQ(accesses[count + i].object, data + 0x1000'0000 + i);
      ASSERT_EQ(accesses[count + i].value, 1u);
      ASSERT_EQ(accesses[count + i].flags, 0u);
    }
    EXPECT_EQ(accesses.back().pc, code + 1);
    EXPECT_LT(words_written(run), 60u);
  }
}

TEST(Recorder, calls_made_again_from_one_place_are_no_words) {
  constexpr std::uintptr_t stack = 0x7ffd'0000'0000;
  const auto call = [](std::uintptr_t site, std::uintptr_t depth) { record::enter(site, stack - depth * 64); };
  const Recorded run = recorded([&] {
    call(0x10, 1);
    for (std::uint64_t i = 0; i < 10'000; ++i) {
      call(0x20, 2);
      call(0x30, 3);
      record::access(at<char>(data + i), 0, true, code);
      record::leave();
      record::leave();
    }
    call(0x20, 2);
    call(0x31, 3);
    record::access(at<char>(data + 20'000), 0, true, code);
    record::leave();
    record::access(at<char>(data + 30'000), 0, true, code);
    record::leave();
    call(0x21, 2);
    call(0x31, 3);
    record::access(at<char>(data + 40'000), 0, true, code);
  });
  const auto accesses = run.of(Op::access_range);
  using Stack = std::vector<std::uint64_t>;
  ASSERT_EQ(accesses.size(), 10'003u);
  for (std::size_t i = 0; i < 10'000; ++i) {
    ASSERT_EQ(accesses[i].stack, (Stack{0x30, 0x20, 0x10}));
    ASSERT_EQ(accesses[i].object, data + i);
  }
  EXPECT_EQ(accesses[10'000].stack, (Stack{0x31, 0x20, 0x10}));
  EXPECT_EQ(accesses[10'001].stack, (Stack{0x20, 0x10}));
  EXPECT_EQ(accesses[10'002].stack, (Stack{0x31, 0x21, 0x10}));
  EXPECT_LT(words_written(run), 60u);
}

TEST(Recorder, synchronization_carries_object_operand_and_a_rising_count) {
  const Recorded run = recorded([] {
    record::sync(Op::lock_acquire, trace::LockFlag::shared, 2, at<char>(data), code);
    record::sync(Op::lock_release, trace::LockFlag::shared, 2, at<char>(data), code + 9);
    record::sync(Op::wg_add, 0, 0, at<char>(data), static_cast<std::uint64_t>(-1), code);
    record::misuse(trace::MisuseKind::double_lock, at<char>(data), code + 1);
    record::wait_begin(trace::WaitKind::barrier, at<char>(data + 8), code);
    record::wait_end();
    record::name(trace::NameOf::lock, data, "a lock with a name of more than eight bytes", 43);
  });
  const RecordedEvent acquire = run.of(Op::lock_acquire).at(0);
  EXPECT_EQ(acquire.object, data);
  EXPECT_EQ(acquire.flags, trace::LockFlag::shared);
  EXPECT_EQ(acquire.arg, 2);
  EXPECT_EQ(acquire.count, 0u);
  EXPECT_EQ(run.of(Op::lock_release).at(0).count, 1u);
  EXPECT_EQ(run.of(Op::wg_add).at(0).count, 2u);
  EXPECT_EQ(static_cast<std::int64_t>(run.of(Op::wg_add).at(0).value), -1);
  EXPECT_EQ(run.of(Op::misuse).at(0).value, static_cast<std::uint64_t>(trace::MisuseKind::double_lock));
  EXPECT_EQ(run.of(Op::wait_begin).at(0).value, static_cast<std::uint64_t>(trace::WaitKind::barrier));
  EXPECT_EQ(run.of(Op::wait_end).size(), 1u);
  EXPECT_EQ(run.of(Op::name).at(0).name, "a lock with a name of more than eight bytes");
}

TEST(Recorder, a_repeated_access_is_written_once_an_epoch) {
  const auto body = [] {
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < 100; ++i) {
        record::access(at<char>(data), 3, true, code);
        record::access(at<char>(data), 2, false, code);
      }
      record::sync(Op::lock_acquire, 0, 0, at<char>(data + 64), code);  // takes only
      record::access(at<char>(data), 3, true, code);
      record::sync(Op::lock_release, 0, 0, at<char>(data + 64), code);
    }
  };
  EXPECT_EQ(recorded(body).of(Op::access_range).size(), 3u);
  EXPECT_EQ(recorded(body, {.options = "filter=off"}).of(Op::access_range).size(), 3u * 201);
  EXPECT_EQ(recorded(body, {.options = "memory=off"}).of(Op::access_range).size(), 0u);
}

TEST(Recorder, memory_that_is_allocated_again_is_accessed_anew) {
  const Recorded run = recorded([] {
    record::access(at<char>(data), 3, true, code);
    record::free(at<char>(data), 64, trace::MemoryKind::heap, code);
    record::alloc(at<char>(data), 64, trace::MemoryKind::heap, code);
    record::access(at<char>(data), 3, true, code);
    record::free(at<char>(data), 0, trace::MemoryKind::heap, code);
    record::access(at<char>(data), 3, true, code);
  });
  EXPECT_EQ(run.of(Op::access_range).size(), 3u);
  EXPECT_EQ(run.of(Op::alloc).back().value, 64u);
}

TEST(Recorder, a_freed_block_of_known_reach_takes_nothing_else_along) {
  const auto body = [](std::size_t reach) {
    return [reach] {
      record::access(at<char>(data), 3, true, code);
      record::access(at<char>(data + 24), 3, true, code);
      record::free(at<char>(data), 0, trace::MemoryKind::heap, code, reach);
      record::access(at<char>(data), 3, true, code);
      record::access(at<char>(data + 24), 3, true, code);
    };
  };
  EXPECT_EQ(recorded(body(0)).of(Op::access_range).size(), 4u);
  EXPECT_EQ(recorded(body(24)).of(Op::access_range).size(), 3u);
}

TEST(Recorder, a_load_in_any_order_ends_no_epoch) {
  static std::atomic<int> flag{0};
  const auto body = [](std::uint8_t fence_order) {
    return [fence_order] {
      for (int i = 0; i < 3; ++i) {
        record::access(at<char>(data), 3, true, code);
        record::load_atomically(&flag, 5, 4, code, [] { return flag.load(); });
        record::sync(Op::fence, fence_order, 0, nullptr, code);
      }
    };
  };
  EXPECT_EQ(recorded(body(2)).of(Op::access_range).size(), 1u);
  EXPECT_EQ(recorded(body(3)).of(Op::access_range).size(), 3u) << "a release fence does";
}

TEST(Recorder, a_large_block_is_told_region_by_region) {
  constexpr std::uint64_t region = 1u << 26;
  const Recorded run = recorded([] {
    record::alloc(at<char>(region * 100 + 4096), 3 * region, trace::MemoryKind::mapping, code);
    record::alloc(at<char>(region * 4096), 5000 * region, trace::MemoryKind::mapping, code);
  });
  auto pieces = run.of(Op::alloc);
  std::erase_if(pieces, [](const RecordedEvent& piece) {
    return piece.arg == static_cast<std::uint8_t>(trace::MemoryKind::stack);  // the main thread's
  });
  ASSERT_EQ(pieces.size(), 4u + 1024u);
  std::uint64_t next = region * 100 + 4096;
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(pieces[static_cast<std::size_t>(i)].object, next);
    next += pieces[static_cast<std::size_t>(i)].value;
  }
  EXPECT_EQ(next, region * 103 + 4096);
  EXPECT_EQ(pieces.back().object + pieces.back().value, region * 9096) << "the last piece takes what is left";
}

TEST(Recorder, call_stacks_are_those_at_the_event) {
  const Recorded run = recorded([] {
    constexpr std::uintptr_t stack = 0x7ffd'0000'0000;
    record::enter(0x100, stack - 64);
    record::enter(0x200, stack - 128);
    record::access(at<char>(data), 3, true, code);
    record::leave();
    record::enter(0x300, stack - 128);
    record::leave();
    record::access(at<char>(data + 8), 3, true, code);
    record::enter(0x400, stack - 128);
    record::access(at<char>(data + 16), 3, true, code);
    record::leave();
    record::leave();
    record::access(at<char>(data + 24), 3, true, code);
  });
  const auto accesses = run.of(Op::access_range);
  ASSERT_EQ(accesses.size(), 4u);
  EXPECT_EQ(accesses[0].stack, (std::vector<std::uint64_t>{0x200, 0x100}));
  EXPECT_EQ(accesses[1].stack, (std::vector<std::uint64_t>{0x100}));
  EXPECT_EQ(accesses[2].stack, (std::vector<std::uint64_t>{0x400, 0x100}));
  EXPECT_TRUE(accesses[3].stack.empty());
}

TEST(Recorder, deep_recursion_keeps_the_innermost_calls_at_every_event) {
  constexpr std::uint64_t depth = 5000;
  const Recorded run = recorded([] {
    constexpr std::uintptr_t stack = 0x7ffd'0000'0000;
    for (std::uint64_t i = 1; i <= depth; ++i) {
      record::enter(i, stack - i * 64);
      record::access(at<char>(data + i * 8), 3, true, code);
    }
    for (std::uint64_t i = depth; i != 0; --i) {
      record::access(at<char>(data + (depth + i) * 8), 3, true, code);
      record::leave();
    }
  });
  const auto accesses = run.of(Op::access_range);
  ASSERT_EQ(accesses.size(), 2 * depth);
  for (std::uint64_t i = 0; i < 2 * depth; ++i) {
    const std::uint64_t calls = i < depth ? i + 1 : 2 * depth - i;
    ASSERT_FALSE(accesses[i].stack.empty()) << i;
    ASSERT_LE(accesses[i].stack.size(), calls) << i;
    for (std::size_t frame = 0; frame < accesses[i].stack.size(); ++frame) {
      ASSERT_EQ(accesses[i].stack[frame], calls - frame) << "event " << i;
    }
    if (calls <= 1000) { ASSERT_TRUE(i < depth ? accesses[i].stack.size() == calls : true) << i; }
  }
}

TEST(Recorder, ten_thousand_events_of_a_thread_come_back_in_order) {
  constexpr std::uint64_t count = 10'000;
  const Recorded run = recorded([] {
    for (std::uint64_t i = 0; i < count; ++i) {
      record::access(at<char>(data + i * 8), 3, true, code + i * 10'000);  // never fits the short form
      record::sync(Op::release, 0, 0, at<char>(data + i * 8), code);
    }
  });
  ASSERT_TRUE(run.info.complete) << (run.info.damage.empty() ? "" : run.info.damage[0]);
  const auto accesses = run.of(Op::access_range);
  ASSERT_EQ(accesses.size(), count);
  for (std::uint64_t i = 0; i < count; ++i) {
    ASSERT_EQ(accesses[i].object, data + i * 8);
    ASSERT_EQ(accesses[i].pc, code + i * 10'000);
  }
  EXPECT_EQ(run.of(Op::release).size(), count);
}

TEST(Recorder, sixty_four_threads_share_one_object_without_losing_a_count) {
  constexpr int threads = 64;
  constexpr int each = 500;
  const Recorded run = recorded([] {
    static std::atomic<int> arrived{0};
    std::vector<std::thread> running;
    for (int t = 0; t < threads; ++t) {
      record::Task* task = record::thread_create(trace::TaskKind::thread, code);
      running.emplace_back([task] {
        record::thread_start(task);
        // All at once: none ends before the last has begun, so none inherits another's window.
        for (arrived.fetch_add(1); arrived.load() < threads;) { std::this_thread::yield(); }
        for (int i = 0; i < each; ++i) {
          record::sync(Op::acquire, 0, 0, at<char>(data), code);
          record::access(at<char>(data + 4096), 3, true, code);
          record::sync(Op::release, 0, 0, at<char>(data), code);
        }
        record::thread_end();
      });
    }
    for (std::thread& thread : running) { thread.join(); }
  });
  ASSERT_TRUE(run.info.complete) << (run.info.damage.empty() ? "" : run.info.damage[0]);
  std::set<std::uint64_t> counts;
  std::set<std::uint32_t> tasks;
  for (const RecordedEvent& event : run.events) {
    if ((event.op == Op::acquire || event.op == Op::release) && event.object == data) {
      counts.insert(event.count);
      tasks.insert(event.task);
    }
  }
  EXPECT_EQ(counts.size(), 2u * threads * each);
  EXPECT_EQ(tasks.size(), static_cast<std::size_t>(threads));
  EXPECT_EQ(run.of(Op::task_create).size(), static_cast<std::size_t>(threads));
  EXPECT_EQ(run.of(Op::task_start).size(), 1u + threads);
  EXPECT_EQ(run.of(Op::task_end).size(), static_cast<std::size_t>(threads));
}

TEST(Recorder, threads_that_follow_each_other_share_a_window_and_not_a_stream) {
  const Recorded run = recorded([] {
    for (int t = 0; t < 20; ++t) {
      record::Task* task = record::thread_create(trace::TaskKind::thread, code);
      std::thread([task] {
        record::thread_start(task);
        record::access(at<char>(data), 3, true, code);
        record::thread_end();
        record::access(at<char>(data), 3, true, code);  // too late, and safe
      }).join();
      record::thread_join(record::id_of(task), code);
    }
  });
  EXPECT_TRUE(run.info.complete);
  std::set<std::uint32_t> streams;
  for (const RecordedEvent& event : run.of(Op::access_range)) { streams.insert(event.stream); }
  EXPECT_EQ(streams.size(), 20u);
  EXPECT_EQ(run.of(Op::access_range).size(), 20u);
  EXPECT_LT(run.info.stored_bytes, 5u * 65'536);
}

TEST(Recorder, a_threads_stack_is_memory_that_lives_as_long_as_it) {
  const Recorded run = recorded([] {
    // Not a variable: AddressSanitizer may keep those elsewhere.
    record::access(__builtin_frame_address(0), 1, true, code);
    record::Task* task = record::thread_create(trace::TaskKind::thread, code);
    std::thread([task] {
      record::thread_start(task);
      record::access(__builtin_frame_address(0), 2, true, code);
      record::thread_end();
    }).join();
  });
  const auto locals = run.of(Op::access_range);
  ASSERT_EQ(locals.size(), 2u);
  // A stack may lie across regions and is then several events, one behind the other.
  using Pieces = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
  const auto pieces_of = [&run](Op op, std::uint32_t task) {
    Pieces pieces;
    for (const RecordedEvent& event : run.of(op)) {
      if (event.task != task) { continue; }
      EXPECT_EQ(event.arg, static_cast<std::uint8_t>(trace::MemoryKind::stack));
      if (!pieces.empty()) { EXPECT_EQ(pieces.back().first + pieces.back().second, event.object); }
      pieces.emplace_back(event.object, event.value);
    }
    return pieces;
  };
  for (const RecordedEvent& local : locals) {
    const Pieces stack = pieces_of(Op::alloc, local.task);
    ASSERT_FALSE(stack.empty());
    EXPECT_GE(local.object, stack.front().first);
    EXPECT_LT(local.object, stack.back().first + stack.back().second);
  }
  EXPECT_EQ(pieces_of(Op::free, locals[0].task), Pieces{}) << "the main thread's stays";
  EXPECT_EQ(pieces_of(Op::free, locals[1].task), pieces_of(Op::alloc, locals[1].task));
}

TEST(Recorder, tasks_take_their_call_stacks_along_and_leave_their_epochs_behind) {
  const Recorded run = recorded([] {
    record::Task* task = record::task_create(trace::TaskKind::task, "fetcher", 7, code);
    constexpr std::uintptr_t stack = 0x7ffd'0000'0000;
    record::enter(0x10, stack);
    record::access(at<char>(data), 3, true, code);
    record::task_switch(task);
    record::task_start(task);
    record::enter(0x20, stack - 4096);
    record::access(at<char>(data), 3, true, code);
    record::task_switch(nullptr);
    record::access(at<char>(data), 3, true, code);
    record::task_switch(task);
    record::access(at<char>(data), 3, true, code);
    record::task_end(task);
    record::task_switch(nullptr);
    record::task_destroy(task);
  });
  const auto accesses = run.of(Op::access_range);
  ASSERT_EQ(accesses.size(), 4u);
  const std::uint32_t main_task = accesses[0].task;
  const std::uint32_t task = accesses[1].task;
  EXPECT_NE(main_task, task);
  EXPECT_EQ(accesses[2].task, main_task);
  EXPECT_EQ(accesses[3].task, task);
  EXPECT_EQ(accesses[2].stack, (std::vector<std::uint64_t>{0x10}));
  EXPECT_EQ(accesses[3].stack, (std::vector<std::uint64_t>{0x20}));
  EXPECT_EQ(run.of(Op::name).at(0).name, "fetcher");
  EXPECT_EQ(run.of(Op::name).at(0).object, task);
}

TEST(Recorder, ignored_accesses_belong_to_the_task_that_ignores_them) {
  const Recorded run = recorded([] {
    record::Task* task = record::task_create(trace::TaskKind::task, nullptr, 0, code);
    record::ignore_begin();
    record::ignore_begin();
    record::access(at<char>(data), 3, true, code);
    record::ignore_end();
    record::access(at<char>(data), 3, true, code);
    record::task_switch(task);
    record::access(at<char>(data + 8), 3, true, code);
    record::task_switch(nullptr);
    record::access(at<char>(data), 3, true, code);
    record::ignore_end();
    record::access(at<char>(data + 16), 3, true, code);
  });
  const auto accesses = run.of(Op::access_range);
  ASSERT_EQ(accesses.size(), 2u);
  EXPECT_EQ(accesses[0].object, data + 8);
  EXPECT_EQ(accesses[1].object, data + 16);
}

TEST(Recorder, a_loop_that_waits_for_a_value_writes_each_value_once) {
  const Recorded run = recorded([] {
    static std::atomic<int> flag{0};
    const auto load = [](std::uint8_t order) {
      return record::load_atomically(&flag, order, 4, code, [] { return flag.load(); });
    };
    for (int i = 0; i < 1000; ++i) { load(2); }
    load(5);  // a stronger order is an event of its own
    record::atomically(
        &flag, code, [] { return flag.fetch_add(1); }, [](int) { return record::AtomicEvent{Op::atomic_rmw, 4, 4}; });
    load(2);
    record::sync(Op::release, 0, 0, at<char>(data), code);
    load(2);  // another epoch: others may have been told to free the flag
  });
  EXPECT_EQ(run.of(Op::atomic_load).size(), 4u);
  EXPECT_EQ(run.of(Op::atomic_rmw).size(), 1u);
}

TEST(Recorder, relaxed_changes_with_nothing_between_them_are_one_event) {
  const Recorded run = recorded([] {
    static std::atomic<int> counter{0};
    const auto add = [](std::uint8_t order) {
      record::atomically(
          &counter, code, [] { return counter.fetch_add(1); },
          [order](int) { return record::AtomicEvent{Op::atomic_rmw, order, 4}; });
    };
    for (int i = 0; i < 1000; ++i) { add(0); }
    add(4);  // a release: published, and another epoch
    add(0);
    add(0);
    record::sync(Op::acquire, 0, 0, &counter, code);  // somebody else's turn on the object
    add(0);
    record::atomically(
        &counter, code,
        [] {
          counter.store(1);
          return 0;
        },
        [](int) { return record::AtomicEvent{Op::atomic_store, 0, 4}; });
    add(0);
  });
  EXPECT_EQ(run.of(Op::atomic_rmw).size(), 5u);
  EXPECT_EQ(run.of(Op::atomic_store).size(), 1u);
  std::uint64_t expected = 0;
  for (const auto& event : run.events) {
    if (event.has_ticket && event.op >= Op::atomic_load && event.op <= Op::acquire && event.op != Op::fence) {
      EXPECT_EQ(event.count, expected++) << "what is left out takes no place in the order";
    }
  }
}

TEST(Recorder, attempts_that_fail_are_one_event_until_something_happens) {
  const Recorded run = recorded([] {
    static int lock, elsewhere, variable;
    const auto fail = [](record::Pc pc) { record::look(Op::lock_look, 0, 0, &lock, 0, pc); };
    for (int i = 0; i < 1000; ++i) { fail(1); }
    fail(2);  // another place
    record::access(&variable, 2, true, 3);
    fail(2);  // after an access
    std::thread([] { record::sync(Op::lock_release, 0, 0, &lock, 4); }).join();
    fail(2);  // after another's operation on it
    fail(2);
    record::look(Op::lock_look, trace::LockFlag::shared, 0, &lock, 0, 2);
    record::look(Op::sem_look, 0, 0, &elsewhere, 1, 2);
    record::look(Op::sem_look, 0, 0, &elsewhere, 2, 2);
    record::look(Op::sem_look, 0, 0, &elsewhere, 2, 2);
  });
  std::vector<std::uint64_t> places;
  for (const RecordedEvent& event : run.of(Op::lock_look)) { places.push_back(event.pc * 10 + event.flags); }
  EXPECT_EQ(places, (std::vector<std::uint64_t>{10, 20, 20, 20, 21}));
  EXPECT_EQ(run.of(Op::sem_look).size(), 2u);
}

TEST(Recorder, a_librarys_call_is_a_frame_of_the_task_that_made_it) {
  const Recorded run = recorded([] {
    record::Task* task = record::task_create(trace::TaskKind::task, nullptr, 0, code);
    constexpr std::uintptr_t stack = 0x7ffd'0000'0000;
    record::enter(0x10, stack);
    record::task_switch(task);
    record::enter(0x20, stack - 4096);
    const std::size_t entered = record::enter_call(0x30, stack - 4160, code);
    record::sync(Op::acquire, 0, 0, at<char>(data), code);
    record::task_switch(nullptr);  // the task waits inside the library
    record::sync(Op::acquire, 0, 0, at<char>(data), code);
    record::task_switch(task);
    record::sync(Op::acquire, 0, 0, at<char>(data), code);
    record::leave_call(entered);
    record::leave_call(0);
    record::sync(Op::acquire, 0, 0, at<char>(data), code);
  });
  const auto events = run.of(Op::acquire);
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[0].stack, (std::vector<std::uint64_t>{0x30, 0x20}));
  EXPECT_EQ(events[1].stack, (std::vector<std::uint64_t>{0x10}));
  EXPECT_EQ(events[2].stack, (std::vector<std::uint64_t>{0x30, 0x20}));
  EXPECT_EQ(events[3].stack, (std::vector<std::uint64_t>{0x20}));
}

// As a signal handler finds the recorder that it interrupted.
class Interrupted {
 public:
  Interrupted() { record::state.inside = ~std::uintptr_t{0}; }
  ~Interrupted() { record::state.inside = 0; }
};

TEST(Recorder, what_a_handler_does_inside_the_recorder_is_written_before_the_next_event) {
  const Recorded run = recorded([] {
    record::access(at<char>(data), 3, true, code);
    static int value = 0;
    {
      const Interrupted interrupted;
      EXPECT_TRUE(record::active());
      record::access(at<char>(data + 8), 3, true, code + 1);
      record::sync(Op::wg_add, 0, 0, at<char>(data), 5, code + 2);
      record::atomically(
          &value, code + 3, [] { return ++value; }, [](int) { return record::AtomicEvent{Op::atomic_rmw, 4, 4}; });
    }
    EXPECT_EQ(value, 1);
    record::access(at<char>(data), 3, true, code);  // the handler's release ended the epoch
  });
  const auto accesses = run.of(Op::access_range);
  ASSERT_EQ(accesses.size(), 3u);
  EXPECT_EQ(accesses[1].object, data + 8);
  EXPECT_EQ(accesses[1].pc, code + 1);
  EXPECT_EQ(run.of(Op::wg_add).at(0).value, 5u);
  EXPECT_EQ(run.of(Op::wg_add).at(0).pc, code + 2);
  EXPECT_EQ(run.of(Op::atomic_rmw).at(0).arg, 4);
  EXPECT_EQ(run.info.lost_events, 0u);
}

TEST(Recorder, a_handlers_ticket_stands_on_the_right_side_of_the_interrupted_ones) {
  const Recorded run = recorded([] {
    record::State& s = record::state;
    const record::Section section(s);
    record::Thread& thread = *section.thread();
    constexpr std::uint32_t stripe = 5;
    record::defer_ordered(thread, Op::release, 0, 0, data, record::tickets().take(stripe), code);
    const record::Ticket own = record::tickets().take(stripe);
    record::defer_ordered(thread, Op::release, 0, 0, data, record::tickets().take(stripe), code);
    record::write_ordered(thread, Op::acquire, 0, 0, data, own, code);
    record::write_ordered(thread, Op::acquire, 0, 0, data, record::tickets().take(stripe), code);
  });
  std::vector<std::uint64_t> counts;
  for (const RecordedEvent& event : run.events) {
    if (event.op == Op::acquire || event.op == Op::release) { counts.push_back(event.count); }
  }
  EXPECT_EQ(counts, (std::vector<std::uint64_t>{0, 1, 2, 3}));
}

// Another thread may have locked what the handler locks, after it saw what the interrupted event did: a reader that meets
// the handler's lock first would wait for that thread, and that thread for the event behind the lock.
TEST(Recorder, a_handlers_tickets_stand_in_the_order_in_which_they_and_the_interrupted_one_were_taken) {
  const auto order = [](bool ticket_first) {
    const Recorded run = recorded([ticket_first] {
      record::State& s = record::state;
      const record::Section section(s);
      record::Thread& thread = *section.thread();
      constexpr std::uint32_t stripe = 5;
      const auto handler = [&thread] {
        record::defer_ordered(thread, Op::release, 0, 0, data, record::tickets().take(6), code);
        record::defer_ordered(thread, Op::release, 0, 0, data, record::tickets().take(7), code);
      };
      record::Ticket own{};
      if (ticket_first) {
        own = thread.take(stripe);
        handler();
      } else {
        thread.in_flight = stripe + 1;
        handler();
        own = thread.take(stripe);
      }
      record::write_ordered(thread, Op::acquire, 0, 0, data, own, code);
      record::write_ordered(thread, Op::wg_pass, 0, 0, data, thread.take(stripe), code);
    });
    std::string seen;
    for (const RecordedEvent& event : run.events) {
      if (event.op == Op::acquire) { seen += 'a'; }
      if (event.op == Op::release) { seen += 'r'; }
      if (event.op == Op::wg_pass) { seen += 'p'; }
    }
    return seen;
  };
  EXPECT_EQ(order(/*ticket_first=*/true), "arrp");
  EXPECT_EQ(order(/*ticket_first=*/false), "rrap");
}

TEST(Recorder, more_than_can_be_put_aside_is_counted_as_lost) {
  const Recorded run = recorded([] {
    {
      const Interrupted interrupted;
      for (std::uintptr_t i = 0; i < 1000; ++i) { record::access(at<char>(data + i * 8), 3, true, code); }
    }
    record::access(at<char>(data), 3, true, code);
  });
  EXPECT_EQ(run.of(Op::access_range).size(), 256u + 1u);
  EXPECT_EQ(run.info.lost_events, 1000u - 256u);
  EXPECT_FALSE(run.info.complete);
}

TEST(Recorder, a_handler_in_the_middle_of_the_same_atomic_is_performed_and_ends_the_stream) {
  const Recorded run = recorded([] {
    static int value = 0;
    record::atomically(
        &value, code,
        [] {
          record::atomically(
              &value, code, [] { return ++value; }, [](int) { return record::AtomicEvent{Op::atomic_rmw, 4, 4}; });
          return ++value;
        },
        [](int) { return record::AtomicEvent{Op::atomic_rmw, 4, 4}; });
    EXPECT_EQ(value, 2);
  });
  EXPECT_EQ(run.info.lost_events, 1u);
}

TEST(Recorder, a_handler_that_jumped_out_of_the_recorder_does_not_silence_it) {
  const Recorded run = recorded([] {
    record::access(at<char>(data), 3, true, code);
    record::state.inside = record::stack_pointer() - 512;  // a frame below, which is gone
    record::access(at<char>(data + 16), 3, true, code);
    EXPECT_EQ(record::state.inside, 0u);
  });
  EXPECT_EQ(run.info.lost_events, 1u) << "what it interrupted may be missing";
}

TEST(Recorder, quiet_hides_what_a_hook_does_itself) {
  const Recorded run = recorded([] {
    const record::Quiet quiet;
    EXPECT_FALSE(record::active());
    record::access(at<char>(data), 3, true, code);
    record::sync(Op::release, 0, 0, at<char>(data), code);
  });
  EXPECT_TRUE(run.of(Op::access_range).empty());
  EXPECT_TRUE(run.of(Op::release).empty());
  EXPECT_EQ(run.info.lost_events, 0u);
}

}  // namespace
