#include "task/unwind.h"

#include <sys/uio.h>
#include <unistd.h>

#include <cstring>
#include <optional>
#include <unordered_map>

// Of the unwinder that every C++ program is linked with (libgcc's, LLVM's): the function's entry in .eh_frame.
struct EhBases {
  void* text;
  void* data;
  void* function;
};
extern "C" __attribute__((weak)) const void* _Unwind_Find_FDE(void* pc, EhBases* bases);

namespace tenter::detail {
namespace {

// Numbers of the System V ABI, x86-64, figure 3.36.
constexpr unsigned bp = 6;
constexpr unsigned sp = 7;
constexpr unsigned return_address = 16;
constexpr unsigned register_count = 17;

struct Rule {
  enum class Kind : std::uint8_t { same, saved, unknown };
  Kind kind = Kind::same;
  std::int64_t offset = 0;  // from the frame's address, where it was saved
};

struct Row {
  unsigned cfa_register = 0;
  std::int64_t cfa_offset = 0;
  bool cfa_is_known = false;
  std::array<Rule, register_count> registers{};
};

// Reads what the compiler wrote; whoever asks for more than there is gets zeros, and `good` says so.
struct Reader {
  const unsigned char* at;
  const unsigned char* end;
  bool good = true;

  std::uint64_t fixed(std::size_t size) {
    std::uint64_t value = 0;
    if (static_cast<std::size_t>(end - at) < size) {
      good = false;
      at = end;
      return 0;
    }
    std::memcpy(&value, at, size);
    at += size;
    return value;
  }
  std::uint64_t uleb() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint64_t byte = fixed(1);
      value |= (byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) { return value; }
    }
    good = false;
    return 0;
  }
  std::int64_t sleb() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint64_t byte = fixed(1);
      value |= (byte & 0x7f) << shift;
      if ((byte & 0x80) != 0) { continue; }
      if (shift < 57 && (byte & 0x40) != 0) { value |= ~std::uint64_t{0} << (shift + 7); }
      return static_cast<std::int64_t>(value);
    }
    good = false;
    return 0;
  }
  void skip(std::uint64_t size) {
    if (size > static_cast<std::uint64_t>(end - at)) {
      good = false;
      size = static_cast<std::uint64_t>(end - at);
    }
    at += size;
  }
};

// A record of .eh_frame behind its length.
std::optional<Reader> open_record(const unsigned char* record) {
  std::uint32_t length = 0;
  std::memcpy(&length, record, sizeof length);
  if (length == 0 || length == 0xffffffff) { return std::nullopt; }
  return Reader{record + 4, record + 4 + length};
}

struct Common {
  std::uint64_t code_unit = 0;
  std::int64_t data_unit = 0;
  unsigned char pointer_encoding = 0;
  bool is_augmented = false;
  Reader instructions{nullptr, nullptr};
};

// 0: it has no fixed size.
std::size_t encoded_size(unsigned char encoding) {
  switch (encoding & 0x7) {
    case 0: return 8;
    case 2: return 2;
    case 3: return 4;
    case 4: return 8;
    default: return 0;
  }
}

std::optional<Common> read_common(const unsigned char* record) {
  std::optional<Reader> opened = open_record(record);
  if (!opened) { return std::nullopt; }
  Reader& reader = *opened;
  reader.skip(4);  // says that it is one
  const std::uint64_t version = reader.fixed(1);
  if (version != 1 && version != 3) { return std::nullopt; }
  const char* augmentation = reinterpret_cast<const char*>(reader.at);
  while (reader.good && reader.fixed(1) != 0) {}
  Common common;
  common.code_unit = reader.uleb();
  common.data_unit = reader.sleb();
  if ((version == 1 ? reader.fixed(1) : reader.uleb()) != return_address || !reader.good) { return std::nullopt; }
  if (*augmentation == 'z') {
    common.is_augmented = true;
    const std::uint64_t size = reader.uleb();
    Reader data = reader;
    reader.skip(size);
    while (*++augmentation != 0) {
      switch (*augmentation) {
        case 'R': common.pointer_encoding = static_cast<unsigned char>(data.fixed(1)); break;
        case 'L': data.skip(1); break;
        case 'P': {
          const std::size_t pointer = encoded_size(static_cast<unsigned char>(data.fixed(1)));
          if (pointer == 0) { return std::nullopt; }
          data.skip(pointer);
          break;
        }
        case 'S':
        case 'B': break;
        default: return std::nullopt;
      }
    }
    if (!data.good) { return std::nullopt; }
  } else if (*augmentation != 0) {
    return std::nullopt;
  }
  if (!reader.good) { return std::nullopt; }
  common.instructions = reader;
  return common;
}

// The row of a function's table that holds `distance` bytes behind its beginning: the instructions are run until they speak
// of what comes later.
class Table {
 public:
  Table(const Common& common, std::uint64_t distance) : common_(common), distance_(distance) {}

  // False: there is something in it that we do not know.
  bool run(Reader instructions) {
    while (instructions.good && instructions.at != instructions.end && here_ <= distance_) {
      if (!one(instructions)) { return false; }
    }
    return instructions.good;
  }
  void begin_function() { initial_ = row_; }
  const Row& row() const { return row_; }

 private:
  void advance(std::uint64_t units) { here_ += units * common_.code_unit; }
  void set(std::uint64_t which, Rule rule) {
    if (which < register_count) { row_.registers[which] = rule; }
  }
  void saved(std::uint64_t which, std::int64_t units) { set(which, {Rule::Kind::saved, units * common_.data_unit}); }
  void define(std::uint64_t which, std::int64_t offset) {
    row_.cfa_register = static_cast<unsigned>(which);
    row_.cfa_offset = offset;
    row_.cfa_is_known = which == sp || which == bp;
  }
  bool one(Reader& from);

  const Common& common_;
  const std::uint64_t distance_;
  std::uint64_t here_ = 0;
  Row row_;
  Row initial_;
  std::array<Row, 8> remembered_{};
  std::size_t remembered_count_ = 0;
};

bool Table::one(Reader& from) {
  const std::uint64_t code = from.fixed(1);
  const std::uint64_t low = code & 0x3f;
  switch (code & 0xc0) {
    case 0x40: advance(low); return true;                                                       // DW_CFA_advance_loc
    case 0x80: saved(low, static_cast<std::int64_t>(from.uleb())); return true;                 // DW_CFA_offset
    case 0xc0: set(low, low < register_count ? initial_.registers[low] : Rule{}); return true;  // DW_CFA_restore
    default: break;
  }
  switch (code) {
    case 0x00: return true;                          // DW_CFA_nop
    case 0x02: advance(from.fixed(1)); return true;  // DW_CFA_advance_loc1
    case 0x03: advance(from.fixed(2)); return true;  // DW_CFA_advance_loc2
    case 0x04: advance(from.fixed(4)); return true;  // DW_CFA_advance_loc4
    case 0x05: {                                     // DW_CFA_offset_extended
      const std::uint64_t which = from.uleb();
      saved(which, static_cast<std::int64_t>(from.uleb()));
      return true;
    }
    case 0x06: {  // DW_CFA_restore_extended
      const std::uint64_t which = from.uleb();
      set(which, which < register_count ? initial_.registers[which] : Rule{});
      return true;
    }
    case 0x07: set(from.uleb(), {Rule::Kind::unknown, 0}); return true;  // DW_CFA_undefined
    case 0x08: set(from.uleb(), {Rule::Kind::same, 0}); return true;     // DW_CFA_same_value
    case 0x0a:                                                           // DW_CFA_remember_state
      if (remembered_count_ == remembered_.size()) { return false; }
      remembered_[remembered_count_++] = row_;
      return true;
    case 0x0b:  // DW_CFA_restore_state
      if (remembered_count_ == 0) { return false; }
      row_ = remembered_[--remembered_count_];
      return true;
    case 0x0c: {  // DW_CFA_def_cfa
      const std::uint64_t which = from.uleb();
      define(which, static_cast<std::int64_t>(from.uleb()));
      return true;
    }
    case 0x0d: define(from.uleb(), row_.cfa_offset); return true;  // DW_CFA_def_cfa_register
    case 0x0e:                                                     // DW_CFA_def_cfa_offset
      row_.cfa_offset = static_cast<std::int64_t>(from.uleb());
      return true;
    case 0x0f:  // DW_CFA_def_cfa_expression, as in the procedure linkage table, where nobody waits
      row_.cfa_is_known = false;
      from.skip(from.uleb());
      return true;
    case 0x10:    // DW_CFA_expression
    case 0x16: {  // DW_CFA_val_expression
      set(from.uleb(), {Rule::Kind::unknown, 0});
      from.skip(from.uleb());
      return true;
    }
    case 0x11: {  // DW_CFA_offset_extended_sf
      const std::uint64_t which = from.uleb();
      saved(which, from.sleb());
      return true;
    }
    case 0x12: {  // DW_CFA_def_cfa_sf
      const std::uint64_t which = from.uleb();
      define(which, from.sleb() * common_.data_unit);
      return true;
    }
    case 0x13: row_.cfa_offset = from.sleb() * common_.data_unit; return true;  // DW_CFA_def_cfa_offset_sf
    case 0x2e: from.uleb(); return true;                                        // DW_CFA_GNU_args_size
    default: return false;
  }
}

std::optional<Row> row_of(std::uintptr_t pc) {
  if (_Unwind_Find_FDE == nullptr) { return std::nullopt; }
  EhBases bases{};
  const auto* const entry = static_cast<const unsigned char*>(_Unwind_Find_FDE(reinterpret_cast<void*>(pc), &bases));
  if (entry == nullptr) { return std::nullopt; }
  std::optional<Reader> opened = open_record(entry);
  if (!opened) { return std::nullopt; }
  Reader& reader = *opened;
  const unsigned char* const here = reader.at;
  const std::optional<Common> common = read_common(here - static_cast<std::int32_t>(reader.fixed(4)));
  if (!common) { return std::nullopt; }
  const std::size_t pointer = encoded_size(common->pointer_encoding);
  if (pointer == 0) { return std::nullopt; }
  reader.skip(2 * pointer);  // where the function begins, which we have been told, and how long it is
  if (common->is_augmented) { reader.skip(reader.uleb()); }
  Table table(*common, pc - reinterpret_cast<std::uintptr_t>(bases.function));
  if (!reader.good || !table.run(common->instructions)) { return std::nullopt; }
  table.begin_function();
  if (!table.run(reader)) { return std::nullopt; }
  return table.row();
}

}  // namespace

struct Unwinder::Known {
  std::unordered_map<std::uintptr_t, std::optional<Row>> rows;  // by place in the code
};

Unwinder::Unwinder() : known_(std::make_unique<Known>()) {}
Unwinder::~Unwinder() = default;

bool Unwinder::read(std::uintptr_t address, std::uintptr_t& word) {
  const std::uintptr_t page = address & ~(bytes_.size() - 1);
  if (address % sizeof word != 0) { return false; }
  if (page != page_ || page == 0) {
    const iovec to{bytes_.data(), bytes_.size()};
    const iovec from{reinterpret_cast<void*>(page), bytes_.size()};
    page_ = 0;
    if (process_vm_readv(getpid(), &to, 1, &from, 1, 0) != static_cast<ssize_t>(bytes_.size())) { return false; }
    page_ = page;
  }
  std::memcpy(&word, &bytes_[address - page], sizeof word);
  return true;
}

// To the caller.
bool Unwinder::step(Registers& registers, bool is_innermost) {
  // Of a call, that is the instruction before the return address.
  const std::uintptr_t pc = registers.pc - (is_innermost ? 0 : 1);
  const auto [at, is_new] = known_->rows.try_emplace(pc);
  if (is_new) { at->second = row_of(pc); }
  if (!at->second || !at->second->cfa_is_known) { return false; }
  const Row& row = *at->second;
  const std::uintptr_t base = row.cfa_register == sp ? registers.sp : registers.bp;
  const std::uintptr_t frame = base + static_cast<std::uintptr_t>(row.cfa_offset);
  if (frame <= registers.sp) { return false; }
  const auto restore = [&](unsigned which, std::uintptr_t& value) {
    const Rule& rule = row.registers[which];
    if (rule.kind == Rule::Kind::saved) { return read(frame + static_cast<std::uintptr_t>(rule.offset), value); }
    return rule.kind == Rule::Kind::same;
  };
  if (row.registers[return_address].kind != Rule::Kind::saved || !restore(return_address, registers.pc)) {
    return false;
  }
  registers.sp = frame;
  return restore(bp, registers.bp) && registers.pc != 0;
}

std::vector<const void*> Unwinder::calls(Registers at, std::size_t most) {
  std::vector<const void*> found;
  page_ = 0;
  while (at.pc != 0 && found.size() < most && step(at, found.empty())) {
    found.push_back(reinterpret_cast<const void*>(at.pc));
  }
  return found;
}

}  // namespace tenter::detail
