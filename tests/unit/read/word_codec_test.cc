#include "trace/word_codec.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace tenter::trace {
namespace {

std::vector<unsigned char> encoded(const std::vector<Word>& words) {
  WordPredictor predictor{};
  std::vector<unsigned char> bytes(encoded_bound(words.size()));
  bytes.resize(WordEncoder::encode(predictor, words.data(), words.size(), bytes.data()));
  return bytes;
}

bool decode(const std::vector<unsigned char>& bytes, std::vector<Word>& words) {
  WordPredictor predictor{};
  return WordDecoder::decode(predictor, bytes.data(), bytes.size(), words.data(), words.size());
}

// What a thread might write: loops over accesses, locks with their tickets, allocations, calls, and anything else.
std::vector<Word> random_words(std::mt19937_64& random) {
  std::vector<Word> words;
  const std::size_t wanted = random() % 3000;
  while (words.size() < wanted) {
    const std::uint64_t address = 0x7f0000000000 + (random() % 100'000) * 8;
    const std::size_t times = 1 + random() % 300;
    switch (random() % 5) {
      case 0:
        for (std::size_t i = 0; i < times; ++i) {
          words.push_back(access_word(address + 16 * i, 3, false, 5));
          words.push_back(access_word(address + 4 * i, 2, true, -5));
        }
        break;
      case 1:
        for (std::size_t i = 0; i < times; ++i) {
          words.push_back(event_word(Op::set_pc, 0, 0, 0x401000 + i % 3));
          words.push_back(event_word(Op::lock_acquire, 1, 0, address));
          words.push_back(ticket_word(77, 0, random() % 100 + 3 * i));
        }
        break;
      case 2:
        words.push_back(event_word(Op::alloc, 2, 0, address));
        words.push_back(ticket_word(5, 0, words.size()));
        words.push_back(random() % 1000);
        break;
      case 3: words.push_back(random()); break;
      default: words.insert(words.end(), times * 4, access_word(address, 3, true, 0)); break;
    }
  }
  return words;
}

TEST(WordCodec, gives_back_what_it_was_given) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937_64 random(seed);
    const std::vector<Word> words = random_words(random);
    std::vector<Word> decoded(words.size());
    ASSERT_TRUE(decode(encoded(words), decoded)) << "seed " << seed;
    ASSERT_EQ(decoded, words) << "seed " << seed;
  }
}

TEST(WordCodec, a_steady_loop_takes_next_to_nothing) {
  std::vector<Word> words;
  for (Word i = 0; i < 4000; ++i) {
    words.push_back(access_word(0x7f0000000000 + 24 * i, 3, false, 5));
    words.push_back(access_word(0x5f0000000000 + 8 * i, 2, true, -5));
  }
  EXPECT_LT(encoded(words).size(), 120u);
}

TEST(WordCodec, a_lock_that_another_thread_takes_as_well_takes_four_bytes_or_less) {
  std::mt19937_64 random(1);
  std::vector<Word> words;
  Word count = 0;
  for (int i = 0; i < 2000; ++i) {
    words.push_back(event_word(Op::set_pc, 0, 0, 0x401000));
    words.push_back(event_word(Op::lock_acquire, 1, 0, 0x7f0000001000));
    words.push_back(ticket_word(77, 0, count += 1 + random() % 20));
  }
  EXPECT_LT(encoded(words).size(), 4u * 2000);
}

TEST(WordCodec, an_object_seen_once_costs_little_more_than_one_seen_before) {
  std::vector<Word> words;
  for (Word i = 0; i < 2000; ++i) {
    const Word object = 0x7f0000000000 + 136 * i;
    words.push_back(event_word(Op::set_pc, 0, 0, 0x401000));
    words.push_back(event_word(Op::atomic_store, 1, 3, object));
    words.push_back(ticket_word(stripe_of(object), 1, 17));
  }
  EXPECT_LT(encoded(words).size(), 4u * 2000) << "its stripe is foreseen from its address";
}

TEST(WordCodec, fields_of_an_object_found_anywhere_are_near_one_another) {
  std::mt19937_64 random(5);
  std::vector<Word> words;
  for (int i = 0; i < 2000; ++i) {
    const Word object = 0x7f0000000000 + random() % 1'000'000 * 64;
    for (Word field = 0; field < 6; ++field) { words.push_back(access_word(object + 8 * field, 3, false, 4)); }
  }
  EXPECT_LT(encoded(words).size(), (4 + 5 + 4) * 2000u) << "one byte for each field but the first";
}

TEST(WordCodec, words_of_which_none_can_be_foreseen_fit_into_the_bound) {
  std::mt19937_64 random(2);
  for (std::size_t count = 0; count < 200; ++count) {
    std::vector<Word> words(count);
    // Accesses, and events with one further word.
    for (Word& word : words) { word = random() % 2 == 0 ? random() | Word{1} << 63 : random() >> 4 | Word{1} << 60; }
    WordPredictor predictor{};
    std::vector<unsigned char> bytes(encoded_bound(count) + 1, 0xaa);
    ASSERT_LT(WordEncoder::encode(predictor, words.data(), count, bytes.data()), bytes.size());
    EXPECT_EQ(bytes.back(), 0xaa) << "nothing is written past the bound";
  }
}

TEST(WordCodec, neither_less_nor_more_bytes_are_accepted) {
  std::mt19937_64 random(3);
  const std::vector<Word> words = random_words(random);
  std::vector<unsigned char> bytes = encoded(words);
  std::vector<Word> decoded(words.size());
  bytes.push_back(0);
  EXPECT_FALSE(decode(bytes, decoded));
  for (bytes.pop_back(); !bytes.empty();) {
    bytes.pop_back();
    ASSERT_FALSE(decode(bytes, decoded)) << bytes.size();
  }
}

TEST(WordCodec, damage_is_refused_or_gives_other_words_but_nothing_worse) {
  std::mt19937_64 random(4);
  for (int round = 0; round < 2000; ++round) {
    std::vector<unsigned char> bytes(random() % 300);
    for (unsigned char& byte : bytes) { byte = static_cast<unsigned char>(random() % 3 == 0 ? 0 : random()); }
    std::vector<Word> decoded(random() % 400);
    decode(bytes, decoded);
  }
}

}  // namespace
}  // namespace tenter::trace
