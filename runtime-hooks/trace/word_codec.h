// The codec of event chunks: words in, about a byte for each out, at a few nanoseconds a word.
//
// A program in a loop writes the same events again, with addresses and tickets that grow by the same step. So a word is
// predicted from what came last in the same context (the kinds and code addresses of the two events before; within an event, its
// first word): once as the last word itself, once as that plus the last step. What is stored is 4 bits that say which
// prediction holds, or how many bytes of difference follow. This is a finite context method with differences, as in
// Burtscher's VPC3 (IEEE Transactions on Computers 54, 2005), with one table, and no second compressor behind it.
//
//   encoded = { pair } ;  pair = control:1 bytes bytes    the low 4 bits of control are the first word's; an odd last word
//                                                         is followed by nothing
//   0         the last word plus the last step          both words 0: a byte follows, how many such pairs follow it (0 to 255)
//   1         the last word
//   2 to 9    the last word plus a signed difference of 1 to 8 bytes, zigzag
//   10 to 15  the last word plus the last step plus a signed difference of 1 to 6 bytes, zigzag
//
// Both sides begin with a table of zeros for each chunk, so chunks are self-contained.
#pragma once
#include <cstddef>
#include <cstdint>

#include "trace/event.h"

namespace tenter::trace {

struct WordPredictor {
  static constexpr std::size_t entry_count = 2048;
  struct Entry {
    Word last;
    Word step;
  };
  Entry entries[entry_count];
};
static_assert(sizeof(WordPredictor) % sizeof(Word) == 0, "it is cleared word by word");

// Where a coder stands in the sequence of events.
class WordContext {
 public:
  std::size_t index() const { return extra_left_ == 0 ? place(history_) : place(within_ + extra_left_); }

  // `word` was there.
  void pass(Word word) {
    if (extra_left_ != 0) {
      --extra_left_;
      return;
    }
    if (is_access(word)) {
      history_ = history_ << 24 ^ (word >> address_bits);
      return;
    }
    const Op op = event_op(word);
    Word kind = word >> 48;
    if (op == Op::set_pc || op == Op::enter) {
      kind = word;
    } else if (op == Op::alloc || op == Op::free) {
      within_ = kind ^ (event_payload(word) >> 26) << 16;  // their tickets are those of a region of memory
    } else {
      within_ = word;
    }
    history_ = history_ << 24 ^ kind;
    extra_left_ = event_extra(word);
  }

 private:
  // Fibonacci hashing (Knuth, volume 3, section 6.4).
  static std::size_t place(Word key) { return static_cast<std::size_t>(key * 0x9e3779b97f4a7c15u >> 53); }

  Word history_ = 0;  // of the last events; older ones are shifted out
  Word within_ = 0;   // the event whose further words these are
  unsigned extra_left_ = 0;
};
static_assert(WordPredictor::entry_count == std::size_t{1} << (64 - 53));

constexpr std::size_t encoded_bound(std::size_t words) { return words * 8 + words / 2 + 16; }

constexpr Word zigzag(Word difference) { return difference << 1 ^ (Word{0} - (difference >> 63)); }
constexpr Word unzigzag(Word value) { return value >> 1 ^ (Word{0} - (value & 1)); }
constexpr unsigned bytes_in(Word value) { return (71u - static_cast<unsigned>(__builtin_clzll(value | 1))) / 8; }

class WordEncoder {
 public:
  // `predictor` is zeros. `out` has room for encoded_bound(count) bytes. The number of bytes made.
  static std::size_t encode(WordPredictor& predictor, const Word* words, std::size_t count, unsigned char* out) {
    WordEncoder encoder{predictor, out};
    unsigned char* open_run = nullptr;  // the count behind a pair of zeros, while it may grow
    for (std::size_t i = 0; i < count; i += 2) {
      unsigned char* control = encoder.out_++;
      unsigned both = encoder.one(words[i]);
      if (i + 1 < count) { both |= encoder.one(words[i + 1]) << 4; }
      if (both != 0) {
        *control = static_cast<unsigned char>(both);
        open_run = nullptr;
      } else if (open_run != nullptr && *open_run != 255) {
        ++*open_run;
        encoder.out_ = control;
      } else {
        *control = 0;
        open_run = encoder.out_++;
        *open_run = 0;
      }
    }
    return static_cast<std::size_t>(encoder.out_ - out);
  }

 private:
  WordEncoder(WordPredictor& predictor, unsigned char* out) : predictor_(predictor), out_(out) {}

  unsigned one(Word word) {
    WordPredictor::Entry& entry = predictor_.entries[context_.index()];
    context_.pass(word);
    const Word from_last = word - entry.last;
    const Word from_step = from_last - entry.step;
    entry = {word, from_last};
    if (from_step == 0) { return 0; }
    if (from_last == 0) { return 1; }
    const Word plain = zigzag(from_last);
    const Word stepped = zigzag(from_step);
    const unsigned plain_bytes = bytes_in(plain);
    const unsigned stepped_bytes = bytes_in(stepped);
    const bool by_step = stepped_bytes < plain_bytes && stepped_bytes <= 6;
    const Word value = by_step ? stepped : plain;
    const unsigned bytes = by_step ? stepped_bytes : plain_bytes;
    __builtin_memcpy(out_, &value, sizeof value);  // little-endian; what is too much is written over
    out_ += bytes;
    return bytes + (by_step ? 9 : 1);
  }

  WordPredictor& predictor_;
  WordContext context_;
  unsigned char* out_;
};

class WordDecoder {
 public:
  // `predictor` is zeros. False: these are not `count` words, exactly.
  static bool decode(WordPredictor& predictor, const unsigned char* in, std::size_t size, Word* words,
                     std::size_t count) {
    WordDecoder decoder{predictor, in, in + size};
    unsigned run = 0;  // pairs of zeros that are still counted for
    for (std::size_t i = 0; i < count; i += 2) {
      const bool counted = run != 0;
      unsigned both = 0;
      if (counted) {
        --run;
      } else if (!decoder.byte(both)) {
        return false;
      }
      if (!decoder.one(both & 15u, words[i])) { return false; }
      if (i + 1 < count ? !decoder.one(both >> 4, words[i + 1]) : both >> 4 != 0) { return false; }
      if (!counted && both == 0 && !decoder.byte(run)) { return false; }
    }
    return run == 0 && decoder.in_ == decoder.end_;
  }

 private:
  WordDecoder(WordPredictor& predictor, const unsigned char* in, const unsigned char* end)
      : predictor_(predictor), in_(in), end_(end) {}

  bool byte(unsigned& value) {
    if (in_ == end_) { return false; }
    value = *in_++;
    return true;
  }
  bool one(unsigned code, Word& word) {
    WordPredictor::Entry& entry = predictor_.entries[context_.index()];
    Word predicted = entry.last + (code == 0 || code >= 10 ? entry.step : 0);
    if (code >= 2) {
      const unsigned bytes = code >= 10 ? code - 9 : code - 1;
      if (static_cast<std::size_t>(end_ - in_) < bytes) { return false; }
      Word value = 0;
      __builtin_memcpy(&value, in_, bytes);
      in_ += bytes;
      predicted += unzigzag(value);
    }
    entry = {predicted, predicted - entry.last};
    context_.pass(predicted);
    word = predicted;
    return true;
  }

  WordPredictor& predictor_;
  WordContext context_;
  const unsigned char* in_;
  const unsigned char* end_;
};

}  // namespace tenter::trace
