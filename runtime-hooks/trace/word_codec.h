// The codec of event chunks: words in, about a byte for each out, at a few nanoseconds a word.
//
// A program in a loop writes the same events again, with addresses and tickets that grow by the same step. So the first word
// of an event is foreseen in two parts. Its kind (the high bits: of an access all but the address, else the op, its flags and
// how many words follow) is the one that followed last time after the same two events. Its payload (the address, mostly) is
// foreseen from the last event of this kind at this code address: as the same, as that plus the last step, or as one near the
// payload of the event before, whichever is the nearest. A code address, for its part, is foreseen from the two events
// before. Tickets are foreseen from the last one of their stripe, and the stripe from the object; further words from
// the last in the same place. What is stored is 4 bits that say which forecast is meant, and how many bytes of difference follow. These are
// finite contexts with differences, as in Burtscher's VPC3 (IEEE Transactions on Computers 54, 2005), and no second compressor
// stands behind them.
//
//   encoded = { pair } ;  pair = control:1 bytes bytes    the low 4 bits of control are the first word's; an odd last word
//                                                         is followed by nothing
//
//   of a first word, for its payload           of a further word
//   0         the last plus the last step      0         the same                 both words 0: a byte follows, how many such
//   1         the last                         1         the same                                 pairs follow it (0 to 255)
//   2 to 7    1 to 6 bytes to the last         2 to 9    1 to 8 bytes to the last
//   8 to 10   1 to 3 bytes to the step         10 to 15  1 to 6 bytes to the step
//   11 to 14  1 to 4 bytes to the neighbour
//   15        the kind is another one: 3 bytes, kind | code << 17, and then what that code says
//
// Differences are signed, zigzag, little-endian. Both sides begin with tables of zeros for each chunk, so chunks are
// self-contained.
#pragma once
#include <cstddef>
#include <cstdint>

#include "trace/event.h"
#include "trace/stripes.h"

namespace tenter::trace {

struct WordPredictor {
  static constexpr unsigned kind_place_bits = 11;
  static constexpr unsigned value_place_bits = 11;
  struct Value {
    Word last;
    Word step;
  };
  std::uint32_t kinds[1u << kind_place_bits];
  Value values[1u << value_place_bits];
};
static_assert(sizeof(WordPredictor) % sizeof(Word) == 0, "it is cleared word by word");

constexpr std::size_t encoded_bound(std::size_t words) { return words * 9 + words / 2 + 16; }

constexpr Word zigzag(Word difference) { return difference << 1 ^ (Word{0} - (difference >> 63)); }
constexpr Word unzigzag(Word value) { return value >> 1 ^ (Word{0} - (value & 1)); }
constexpr unsigned bytes_in(Word value) { return (71u - static_cast<unsigned>(__builtin_clzll(value | 1))) / 8; }
// Payloads have 48 bits, and so have their differences.
constexpr Word payload_difference(Word from, Word to) {
  return static_cast<Word>(static_cast<std::int64_t>((to - from) << 16) >> 16);
}

// The codes: where each forecast's differences of one byte begin, less one.
struct WordCode {
  static constexpr unsigned step = 0;
  static constexpr unsigned last = 1;
  static constexpr unsigned from_last = 1;
  static constexpr unsigned from_step = 7;
  static constexpr unsigned near = 10;
  static constexpr unsigned other_kind = 15;
  static constexpr unsigned further_from_step = 9;
  static constexpr unsigned from_last_bytes_max = 6;
  static constexpr unsigned from_step_bytes_max = 3;
  static constexpr unsigned near_bytes_max = 4;
  static constexpr unsigned further_from_step_bytes_max = 6;
};

// A ticket with its stripe as the difference from the one that was expected, and its count above its argument, so that both
// are small numbers. And back.
constexpr Word ticket_forward(Word ticket, std::uint32_t expected) {
  return ((ticket_stripe(ticket) - expected) & Word{0xffff}) << 48 | ticket_count(ticket) << 8 | ticket_arg(ticket);
}
constexpr Word ticket_back(Word word, std::uint32_t expected) {
  return ticket_word(static_cast<std::uint32_t>(word >> 48) + expected, static_cast<std::uint8_t>(word),
                     word >> 8 & ((Word{1} << 40) - 1));
}

// Where a coder stands in the sequence of events.
class WordContext {
 public:
  static constexpr unsigned kind_bits = 17;
  static constexpr unsigned access_kind = 1u << (kind_bits - 1);

  bool at_first_word() const { return extra_left_ == 0; }
  std::size_t kind_place() const { return hash(history_) >> (64 - WordPredictor::kind_place_bits); }

  static bool is_access(unsigned kind) { return (kind & access_kind) != 0; }
  static unsigned kind_of(Word word) {
    return static_cast<unsigned>(trace::is_access(word) ? word >> address_bits : word >> 48);
  }

  // An event of this kind comes. Before value_place(), neighbour() and pass().
  [[gnu::always_inline]] void begin(unsigned kind) {
    kind_ = kind;
    if (is_access(kind)) {
      code_address_ += static_cast<Word>(access_pc_delta(Word{kind} << address_bits));
      tells_place_ = false;
    } else {
      const auto op = static_cast<Op>(kind >> 4 & 0xff);
      tells_place_ = op == Op::set_pc || op == Op::enter || op == Op::leave;
    }
    within_ = tells_place_ ? history_ : Word{kind} << 44 ^ code_address_;
  }
  std::size_t value_place() const { return place(within_); }
  Word neighbour() const { return tells_place_ ? code_address_ : near_; }
  Word payload_mask_of_kind() const { return (kind_ & access_kind) != 0 ? address_mask : payload_mask; }
  Word word_of(Word payload) const {
    return (kind_ & access_kind) != 0 ? Word{kind_} << address_bits | payload : Word{kind_ & 0x7fffu} << 48 | payload;
  }

  // This is its payload.
  [[gnu::always_inline]] void pass(Word payload) {
    if ((kind_ & access_kind) != 0) {
      near_ = payload;
      history_ = history_ << 24 ^ kind_;
      return;
    }
    const auto op = static_cast<Op>(kind_ >> 4 & 0xff);
    extra_left_ = kind_ >> 12 & 7u;
    has_ticket_ = false;
    if (tells_place_) {
      if (op == Op::set_pc) { code_address_ = payload; }
      history_ = history_ << 24 ^ word_of(payload);
      return;
    }
    near_ = payload;
    history_ = history_ << 24 ^ kind_;
    if (is_ordered(op)) {
      has_ticket_ = true;
      stripe_ = stripe_of_event(op, payload);
    }
  }

  // A further word comes: is it a ticket, and then, which stripe is expected? Then take().
  bool at_ticket() const { return has_ticket_; }
  std::uint32_t stripe() const { return stripe_; }
  std::size_t further_place() const {
    return has_ticket_ ? place(stripe_ + (Word{1} << 32)) : place(within_ ^ Word{extra_left_} << 40);
  }
  void take() {
    --extra_left_;
    has_ticket_ = false;
  }

 private:
  // Fibonacci hashing (Knuth, volume 3, section 6.4).
  static Word hash(Word key) { return key * 0x9e3779b97f4a7c15u; }
  static std::size_t place(Word key) { return hash(key) >> (64 - WordPredictor::value_place_bits); }

  Word history_ = 0;  // the kinds of the last events, or all of those that tell a place; older ones are shifted out
  Word within_ = 0;   // what the present event's values are foreseen by
  Word code_address_ = 0;  // as in event.h
  Word near_ = 0;          // the last payload that was not a code address
  std::uint32_t stripe_ = 0;
  unsigned kind_ = 0;
  unsigned extra_left_ = 0;
  bool tells_place_ = false;
  bool has_ticket_ = false;
};

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

  [[gnu::always_inline]] unsigned one(Word word) { return context_.at_first_word() ? first(word) : further(word); }

  // What is too much is written over.
  [[gnu::always_inline]] void store(Word value, unsigned bytes) {
    __builtin_memcpy(out_, &value, sizeof value);
    out_ += bytes;
  }

  [[gnu::always_inline]] unsigned first(Word word) {
    const unsigned kind = WordContext::kind_of(word);
    std::uint32_t& foreseen = predictor_.kinds[context_.kind_place()];
    const bool as_foreseen = foreseen == kind;
    foreseen = kind;
    context_.begin(kind);
    const Word payload = word & context_.payload_mask_of_kind();
    const Word neighbour = context_.neighbour();
    WordPredictor::Value& entry = predictor_.values[context_.value_place()];
    context_.pass(payload);
    const Word from_last = payload_difference(entry.last, payload);
    const Word from_step = payload_difference(entry.step, from_last);
    entry = {payload, from_last};
    unsigned code = WordCode::step;
    unsigned bytes = 0;
    Word value = 0;
    if (from_step != 0) {
      code = WordCode::last;
      if (from_last != 0) {
        code = nearest(from_last, from_step, payload_difference(neighbour, payload), value, bytes);
      }
    }
    // Without a branch, which would often be foreseen as wrongly as the kind.
    store(kind | code << WordContext::kind_bits, as_foreseen ? 0 : 3);
    store(value, bytes);
    return as_foreseen ? code : WordCode::other_kind;
  }

  // The smallest difference is the shortest.
  [[gnu::always_inline]] static unsigned nearest(Word from_last, Word from_step, Word from_near, Word& value,
                                                 unsigned& bytes) {
    unsigned code = WordCode::from_last;
    value = zigzag(from_last);
    const Word step = zigzag(from_step);
    const bool by_step = step < value && step < Word{1} << (8 * WordCode::from_step_bytes_max);
    value = by_step ? step : value;
    code = by_step ? WordCode::from_step : code;
    const Word near = zigzag(from_near);
    const bool by_near = near < value && near < Word{1} << (8 * WordCode::near_bytes_max);
    value = by_near ? near : value;
    code = by_near ? WordCode::near : code;
    bytes = bytes_in(value);
    return code + bytes;
  }

  [[gnu::always_inline]] unsigned further(Word word) {
    WordPredictor::Value& entry = predictor_.values[context_.further_place()];
    if (context_.at_ticket()) { word = ticket_forward(word, context_.stripe()); }
    context_.take();
    const Word from_last = word - entry.last;
    const Word from_step = from_last - entry.step;
    entry = {word, from_last};
    if (from_step == 0) { return WordCode::step; }
    if (from_last == 0) { return WordCode::last; }
    const Word last = zigzag(from_last);
    const Word step = zigzag(from_step);
    const bool by_step = step < last && step < Word{1} << (8 * WordCode::further_from_step_bytes_max);
    const Word value = by_step ? step : last;
    const unsigned bytes = bytes_in(value);
    store(value, bytes);
    return bytes + (by_step ? WordCode::further_from_step : WordCode::from_last);
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
  // Of 1 to 8 bytes.
  [[gnu::always_inline]] bool number(unsigned bytes, Word& value) {
    const auto left = static_cast<std::size_t>(end_ - in_);
    if (left >= sizeof value) [[likely]] {
      __builtin_memcpy(&value, in_, sizeof value);
      value &= ~Word{0} >> (8 * (sizeof value - bytes));
      in_ += bytes;
      return true;
    }
    if (left < bytes) { return false; }
    value = 0;
    __builtin_memcpy(&value, in_, bytes);
    in_ += bytes;
    return true;
  }
  bool difference(unsigned bytes, Word& value) {
    if (!number(bytes, value)) { return false; }
    value = unzigzag(value);
    return true;
  }

  [[gnu::always_inline]] bool one(unsigned code, Word& word) {
    return context_.at_first_word() ? first(code, word) : further(code, word);
  }

  [[gnu::always_inline]] bool first(unsigned code, Word& word) {
    std::uint32_t& foreseen = predictor_.kinds[context_.kind_place()];
    if (code == WordCode::other_kind) {
      Word told = 0;
      if (!number(3, told)) { return false; }
      foreseen = static_cast<std::uint32_t>(told & ((1u << WordContext::kind_bits) - 1));
      code = static_cast<unsigned>(told >> WordContext::kind_bits);
      if (code >= WordCode::other_kind) { return false; }
    }
    return WordContext::is_access(foreseen) ? of_kind<true>(foreseen, code, word)
                                            : of_kind<false>(foreseen, code, word);
  }

  // Most words are accesses, of which little is to be asked: the code is there twice.
  template <bool access>
  [[gnu::always_inline]] bool of_kind(unsigned kind, unsigned code, Word& word) {
    if (WordContext::is_access(kind) != access) { __builtin_unreachable(); }
    context_.begin(kind);
    WordPredictor::Value& entry = predictor_.values[context_.value_place()];
    Word base = entry.last;
    unsigned bytes = 0;
    if (code == WordCode::step) {
      base += entry.step;
    } else if (code > WordCode::near) {
      base = context_.neighbour();
      bytes = code - WordCode::near;
    } else if (code > WordCode::from_step) {
      base += entry.step;
      bytes = code - WordCode::from_step;
    } else if (code != WordCode::last) {
      bytes = code - WordCode::from_last;
    }
    Word change = 0;
    if (bytes != 0 && !difference(bytes, change)) { return false; }
    const Word payload = (base + change) & context_.payload_mask_of_kind();
    entry = {payload, payload_difference(entry.last, payload)};
    context_.pass(payload);
    word = context_.word_of(payload);
    return true;
  }

  [[gnu::always_inline]] bool further(unsigned code, Word& word) {
    WordPredictor::Value& entry = predictor_.values[context_.further_place()];
    Word value = entry.last + (code == WordCode::step || code > WordCode::further_from_step ? entry.step : 0);
    if (code > WordCode::last) {
      Word change = 0;
      if (!difference(code - (code > WordCode::further_from_step ? WordCode::further_from_step : WordCode::from_last),
                      change)) {
        return false;
      }
      value += change;
    }
    entry = {value, value - entry.last};
    word = context_.at_ticket() ? ticket_back(value, context_.stripe()) : value;
    context_.take();
    return true;
  }

  WordPredictor& predictor_;
  WordContext context_;
  const unsigned char* in_;
  const unsigned char* end_;
};

}  // namespace tenter::trace
