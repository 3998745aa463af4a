#include "read/decoder.h"

#include <gtest/gtest.h>

#include <random>

namespace tenter::analysis {
namespace {

using trace::Op;
using trace::Word;

// The events of one sealed chunk that task 1 wrote, and what was wrong with it.
struct Decoded {
  std::vector<Event> events;
  std::string problem;
};
Decoded decode(const std::vector<Word>& words, StackTable& stacks, bool window = false) {
  Decoder decoder(stacks, /*task_limit=*/1000);
  decoder.begin_chunk(words.data(), words.size(), TaskId{1}, window);
  Decoded result;
  Event event;
  while (decoder.next(event)) result.events.push_back(event);
  result.problem = decoder.problem();
  return result;
}
Decoded decode(const std::vector<Word>& words) {
  StackTable stacks;
  return decode(words, stacks);
}

TEST(Words, AccessRoundTrip) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t address = random() & trace::address_mask;
    const unsigned size_log2 = random() % 4;
    const bool write = random() % 2 == 0;
    const std::int64_t delta = static_cast<std::int64_t>(random() % 8192) - 4096;
    const Word word = trace::access_word(address, size_log2, write, delta);
    ASSERT_TRUE(trace::is_access(word));
    ASSERT_EQ(trace::access_address(word), address);
    ASSERT_EQ(trace::access_size_log2(word), size_log2);
    ASSERT_EQ(trace::access_is_write(word), write);
    ASSERT_EQ(trace::access_pc_delta(word), delta);
  }
}

TEST(Words, EventAndTicketRoundTrip) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 100'000; ++i) {
    const auto op = static_cast<Op>(random() % 256);
    const unsigned extra = random() % 8;
    const auto flags = static_cast<std::uint8_t>(random() % 16);
    const std::uint64_t payload = random() & trace::payload_mask;
    const Word word = trace::event_word(op, extra, flags, payload);
    ASSERT_FALSE(trace::is_access(word));
    ASSERT_EQ(trace::event_op(word), op);
    ASSERT_EQ(trace::event_extra(word), extra);
    ASSERT_EQ(trace::event_flags(word), flags);
    ASSERT_EQ(trace::event_payload(word), payload);

    const std::uint32_t stripe = random() % 65536;
    const auto arg = static_cast<std::uint8_t>(random() % 256);
    const std::uint64_t count = random() & ((std::uint64_t{1} << 40) - 1);
    const Word ticket = trace::ticket_word(stripe, arg, count);
    ASSERT_EQ(trace::ticket_stripe(ticket), stripe);
    ASSERT_EQ(trace::ticket_arg(ticket), arg);
    ASSERT_EQ(trace::ticket_count(ticket), count);
  }
}

TEST(Decoder, AccessesMoveTheCodeAddress) {
  const Decoded got = decode({
      trace::event_word(Op::set_pc, 0, 0, 0x1000),
      trace::access_word(0x5000, 3, true, 16),
      trace::access_word(0x5008, 0, false, -4),
  });
  ASSERT_EQ(got.events.size(), 2u);
  EXPECT_EQ(got.events[0].op, Op::access_range);
  EXPECT_TRUE(is_write(got.events[0]));
  EXPECT_EQ(got.events[0].pc, 0x1010u);
  EXPECT_EQ(got.events[0].value, 8u);
  EXPECT_FALSE(is_write(got.events[1]));
  EXPECT_EQ(got.events[1].pc, 0x100cu);
  EXPECT_EQ(got.events[1].object, 0x5008u);
  EXPECT_EQ(got.events[1].value, 1u);
}

TEST(Decoder, CallsMakeAStackAndExtraLeavesAreIgnored) {
  StackTable stacks;
  const Decoded got = decode({trace::event_word(Op::enter, 0, 0, 0x10), trace::event_word(Op::enter, 0, 0, 0x20),
                              trace::access_word(0x5000, 0, false, 0), trace::event_word(Op::leave, 0, 0, 1),
                              trace::access_word(0x5000, 0, false, 0), trace::event_word(Op::leave, 0, 0, 99),
                              trace::access_word(0x5000, 0, false, 0)},
                             stacks);
  ASSERT_EQ(got.events.size(), 3u);
  EXPECT_EQ(stacks.frames(got.events[0].callers), (std::vector<std::uint64_t>{0x20, 0x10}));
  EXPECT_EQ(stacks.frames(got.events[1].callers), (std::vector<std::uint64_t>{0x10}));
  EXPECT_EQ(got.events[2].callers, empty_stack);
}

TEST(Decoder, OrderedEventsCarryTicketAndOperand) {
  const Decoded got = decode({trace::event_word(Op::wg_add, 2, 0, 0x5000), trace::ticket_word(7, 3, 41), ~Word{0}});
  ASSERT_EQ(got.events.size(), 1u);
  EXPECT_TRUE(got.events[0].has_ticket);
  EXPECT_EQ(got.events[0].stripe, 7u);
  EXPECT_EQ(got.events[0].arg, 3u);
  EXPECT_EQ(got.events[0].count, 41u);
  EXPECT_EQ(static_cast<std::int64_t>(got.events[0].value), -1);
}

TEST(Decoder, NamesLoseTheirPadding) {
  const std::vector<Word> words = {trace::event_word(Op::name, 1, 0, 3), 0x72656b726f77};
  StackTable stacks;
  const Decoded got = decode(words, stacks);
  ASSERT_EQ(got.events.size(), 1u);
  EXPECT_EQ(got.events[0].text, "worker");
}

TEST(Decoder, PassesOverUnknownEventsButKeepsTheirTickets) {
  const Decoded got = decode({trace::event_word(static_cast<Op>(200), 3, 0, 1), 0, 0, 0,  // unordered: gone
                              trace::event_word(static_cast<Op>(95), 2, 0, 1), trace::ticket_word(5, 0, 6), 0,
                              trace::access_word(0x5000, 0, false, 0)});
  ASSERT_EQ(got.events.size(), 2u);
  EXPECT_TRUE(got.events[0].has_ticket);
  EXPECT_EQ(got.events[0].count, 6u);
  EXPECT_EQ(got.events[1].op, Op::access_range);
  EXPECT_EQ(got.problem, "");
}

TEST(Decoder, AZeroWordEndsAWindowAndSpoilsAChunk) {
  const std::vector<Word> words = {trace::access_word(0x5000, 0, true, 0), 0, trace::access_word(0x6000, 0, true, 0)};
  StackTable stacks;
  const Decoded window = decode(words, stacks, /*window=*/true);
  EXPECT_EQ(window.events.size(), 1u);
  EXPECT_EQ(window.problem, "");
  const Decoded sealed = decode(words, stacks);
  EXPECT_EQ(sealed.events.size(), 1u);
  EXPECT_NE(sealed.problem, "");
}

TEST(Decoder, RefusesWhatNoProgramCanHaveDone) {
  const Word ticket = trace::ticket_word(0, 0, 0);
  const std::vector<std::vector<Word>> lies = {
      {trace::event_word(Op::lock_acquire, 0, 0, 1)},                 // no ticket
      {trace::event_word(Op::lock_acquire, 1, 0, 1)},                 // past the end
      {trace::event_word(Op::access_range, 1, 1, 0x5000), ~Word{0}},  // -1 bytes
      {trace::event_word(Op::access_range, 1, 1, 0x5000), Word{1} << 39},
      {trace::event_word(Op::access_range, 1, 1, 0x7fffffffffff), 2},  // past the last address
      {trace::event_word(Op::alloc, 2, 0, 0x5000), ticket, ~Word{0}},
      {trace::event_word(Op::task_create, 1, 0, 1001), ticket},  // above the limit
      {trace::event_word(Op::task_resume, 1, 0, trace::payload_mask), ticket},
      {trace::event_word(Op::chan_send, 2, 0, 0x5000), ticket, 1001},
      {trace::event_word(Op::name, 1, 0, 1001), 0x41},
      {trace::event_word(Op::atomic_rmw, 1, 0, 0x5000), trace::ticket_word(0, 0, 0)},  // 0 bytes
      {trace::event_word(Op::lost, 0, 0, 5)},
  };
  for (const std::vector<Word>& words : lies) {
    const Decoded got = decode(words);
    EXPECT_TRUE(got.events.empty()) << "op " << static_cast<unsigned>(trace::event_op(words[0]));
    EXPECT_NE(got.problem, "") << "op " << static_cast<unsigned>(trace::event_op(words[0]));
  }
}

TEST(Decoder, TasksMoveFromThreadToThread) {
  StackTable stacks;
  Decoder decoder(stacks, 1000);
  decoder.set_own_task(TaskId{1});
  const std::vector<Word> words = {
      trace::event_word(Op::enter, 0, 0, 0x10),
      trace::event_word(Op::task_resume, 1, 0, 7),
      trace::ticket_word(0, 0, 0),
      trace::access_word(0x5000, 0, true, 0),
      trace::event_word(Op::task_suspend, 1, 0, 7),
      trace::ticket_word(0, 0, 1),
      trace::event_word(Op::task_resume, 1, 0, 8),
      trace::ticket_word(0, 0, 2),
      trace::event_word(Op::task_resume, 1, 0, 0),
      trace::ticket_word(0, 0, 3),
  };
  decoder.begin_chunk(words.data(), words.size(), TaskId{1}, false);
  const TaskId after[] = {TaskId{7}, TaskId{7}, TaskId{1}, TaskId{8}, TaskId{1}};
  Event event;
  for (const TaskId expected : after) {
    ASSERT_TRUE(decoder.next(event));
    EXPECT_EQ(decoder.task(), expected);
    if (event.op == Op::access_range) { EXPECT_EQ(event.callers, empty_stack) << "the call belonged to task 1"; }
  }
}

}  // namespace
}  // namespace tenter::analysis
