#include "read/frame.h"

#include <zstd.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/crc32c.h"
#include "base/text.h"

namespace tenter::analysis {

static_assert(std::endian::native == std::endian::little, "recordings are little-endian and are read as they lie");

namespace {

using trace::ChunkHeader;
using trace::ChunkKind;
using trace::Codec;
using trace::FileHeader;
using trace::LiveHeader;

// What compression may add to data that does not compress, by zstd's own bound, rounded up.
constexpr std::uint32_t max_stored_bytes = trace::max_chunk_bytes + trace::max_chunk_bytes / 128 + 1024;
constexpr std::uint32_t max_file_header_bytes = 4096;
constexpr std::uint64_t alignment = 8;

std::uint64_t padded(std::uint64_t size) { return (size + alignment - 1) / alignment * alignment; }

template <class T>
T load(std::span<const std::byte> bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

std::uint32_t checksum(ChunkHeader header, std::span<const std::byte> stored) {
  header.crc = 0;
  return crc32c(stored.data(), stored.size(), crc32c(&header, sizeof header));
}

std::string at_byte(std::uint64_t offset) { return "byte " + group_digits(offset); }

enum class Found { sound, nothing, unwritten, too_large, past_end, bad_checksum };

class Scanner {
 public:
  Scanner(const ByteSource& source, const TextChunk& on_text, Frame& frame)
      : source_(source), window_(source), text_reader_(source), on_text_(on_text), frame_(frame), size_(source.size()) {
    // Looking for the next sound chunk may check many checksums in vain, where a file is made of chunk headers. This
    // budget keeps the search linear.
    budget_ = size_ * 4 + (std::uint64_t{64} << 20);
  }

  void run(std::uint64_t offset) {
    while (offset < size_) {
      ChunkHeader header{};
      const Found found = look(offset, header);
      if (found == Found::sound) {
        take(offset, header);
        offset += sizeof header + padded(header.stored_size);
        continue;
      }
      std::uint64_t next = offset;
      bool second_recording = false;
      if (!resynchronize(next, second_recording)) {
        if (found == Found::past_end || size_ - offset < sizeof header) {
          damaged("The recording was cut short at " + at_byte(size_) + "; " +
                  counted(frame_.chunks, "complete chunk was read", "complete chunks were read") + ".");
        } else if (found == Found::unwritten) {
          damaged(why(found, offset));
        } else {
          damaged(why(found, offset) + " Nothing after it could be read.");
        }
        return;
      }
      if (next != offset) damaged(why(found, offset) + " Reading went on at " + at_byte(next) + ".");
      if (second_recording) {
        damaged("Another recording begins at " + at_byte(next) +
                ": two files were joined. Only the first was read; cut the file there to read the second.");
        return;
      }
      offset = next;
    }
  }

 private:
  static std::string why(Found found, std::uint64_t offset) {
    switch (found) {
      case Found::unwritten: return "At " + at_byte(offset) + " space was reserved for a chunk that was never written.";
      case Found::too_large: return "The chunk at " + at_byte(offset) + " claims to be larger than the format allows.";
      case Found::past_end: return "The chunk at " + at_byte(offset) + " claims to go past the end of the file.";
      case Found::bad_checksum:
        return "The checksum of the chunk at " + at_byte(offset) + " is wrong: its bytes were changed.";
      default: return "There is no chunk at " + at_byte(offset) + ", where one should be.";
    }
  }

  void damaged(std::string sentence) { frame_.damage.push_back(std::move(sentence)); }

  Found look(std::uint64_t offset, ChunkHeader& header) {
    std::span<const std::byte> bytes = window_.view(offset, sizeof header);
    if (bytes.size() < sizeof header) return Found::nothing;
    header = load<ChunkHeader>(bytes);
    if (header.magic == 0) return Found::unwritten;
    if (header.magic != trace::chunk_magic) return Found::nothing;
    if (header.stored_size > max_stored_bytes) return Found::too_large;
    const std::uint64_t whole = sizeof header + header.stored_size;  // the last chunk may lack its padding
    if (whole > size_ - offset) return Found::past_end;
    if (header.kind == ChunkKind::padding && header.crc == 0) return Found::sound;
    if (header.kind == ChunkKind::live) {
      // A live window has no checksum, so its header must look just as the recorder writes it: with crc 0, a chunk of
      // another kind does not become a window by the flip of one bit.
      const bool plain = header.crc == 0 && header.codec == Codec::none && header.stored_size >= sizeof(LiveHeader) &&
                         header.stored_size % alignment == 0;
      return plain ? Found::sound : Found::bad_checksum;
    }
    bytes = window_.view(offset, static_cast<std::size_t>(whole));
    if (bytes.size() < whole) return Found::past_end;
    if (checksum(header, bytes.subspan(sizeof header)) == header.crc) return Found::sound;
    budget_ -= std::min(budget_, whole);
    return Found::bad_checksum;
  }

  // Moves `offset` to the next place where reading can go on.
  bool resynchronize(std::uint64_t& offset, bool& second_recording) {
    constexpr std::size_t step = 64 * 1024;
    std::uint64_t at = offset;
    while (at < size_ && budget_ > 0) {
      at = std::max(at, source_.next_data(at) / alignment * alignment);
      const std::span<const std::byte> bytes = window_.view(at, step);
      if (bytes.size() < alignment) return false;
      std::size_t i = 0;
      bool candidate = false;
      for (; i + alignment <= bytes.size(); i += alignment) {
        const auto word = load<std::uint64_t>(bytes.subspan(i));
        if (static_cast<std::uint32_t>(word) == trace::chunk_magic && at + i != offset) {
          candidate = true;
          break;
        }
        if (word == std::bit_cast<std::uint64_t>(trace::file_magic)) {
          offset = at + i;
          second_recording = true;
          return true;
        }
      }
      at += i;
      if (!candidate) continue;
      ChunkHeader header{};
      if (look(at, header) == Found::sound) {
        offset = at;
        return true;
      }
      at += alignment;
    }
    return false;
  }

  void take(std::uint64_t offset, const ChunkHeader& header) {
    ++frame_.chunks;
    ChunkRef chunk{offset,          header.task, header.stored_size, header.raw_size, header.stream,
                   header.sequence, header.crc,  header.kind,        header.codec};
    switch (header.kind) {
      case ChunkKind::events:
        if (header.stream == 0) {
          damaged("The chunk at " + at_byte(offset) + " holds events of no stream and was left out.");
        } else {
          frame_.events.push_back(chunk);
        }
        return;
      case ChunkKind::live: {
        const auto live = load<LiveHeader>(window_.view(offset + sizeof header, sizeof(LiveHeader)));
        frame_.stopped = frame_.stopped || (live.flags & trace::LiveFlag::stopped) != 0;
        if (live.stream == 0) return;
        chunk.stream = live.stream;
        chunk.sequence = live.sequence;
        chunk.task = live.task;
        chunk.whole = live.full_words != 0;
        frame_.windows.push_back(chunk);
        return;
      }
      case ChunkKind::padding: return;
      case ChunkKind::modules:
      case ChunkKind::process:
      case ChunkKind::end:
      case ChunkKind::outcome:
      case ChunkKind::report: {
        std::string problem;
        std::size_t bytes = 0;
        if (!text_reader_.read(chunk, text_words_, bytes, problem)) {
          damaged(problem);
          return;
        }
        on_text_(header.kind, std::string_view(reinterpret_cast<const char*>(text_words_.data()), bytes));
        return;
      }
    }
    ++frame_.unknown_chunks;
  }

  const ByteSource& source_;
  Window window_;
  ChunkReader text_reader_;
  std::vector<std::uint64_t> text_words_;
  const TextChunk& on_text_;
  Frame& frame_;
  std::uint64_t size_;
  std::uint64_t budget_ = 0;
};

std::string wrong_version(const std::string& name, const FileHeader& header) {
  if ((header.major & 0xff) == 0) {
    return name + ": was recorded on a big-endian machine, or its header is damaged. Analyse it on such a machine.";
  }
  const std::string versions = "has format " + std::to_string(header.major) + ", and this tenter reads format " +
                               std::to_string(trace::format_major) + ". ";
  if (header.major > trace::format_major)
    return name + ": " + versions + "Update tenter, or record again with this one.";
  return name + ": " + versions + "Analyse it with the tenter that recorded it, or record again.";
}

}  // namespace

bool begins_like_recording(std::span<const std::byte> start) {
  const std::size_t known = std::min(start.size(), sizeof trace::file_magic);
  return known > 0 && std::memcmp(start.data(), trace::file_magic, known) == 0;
}

Result<Frame> scan_frame(const ByteSource& source, const std::string& name, const TextChunk& on_text) {
  Frame frame;
  if (source.read_at(0, &frame.header, sizeof frame.header) < sizeof frame.header) {
    return Error{name + ": was cut short within its first 64 bytes: nothing can be read. Record again."};
  }
  if (frame.header.major != trace::format_major) return Error{wrong_version(name, frame.header)};
  std::uint64_t first_chunk = frame.header.header_size;
  if (first_chunk < sizeof(FileHeader) || first_chunk > max_file_header_bytes || first_chunk % alignment != 0) {
    frame.damage.push_back("The file header is damaged: it claims a size of " + group_digits(first_chunk) + " bytes.");
    first_chunk = sizeof(FileHeader);
  }
  Scanner(source, on_text, frame).run(first_chunk);
  return frame;
}

ChunkReader::~ChunkReader() { ZSTD_freeDCtx(static_cast<ZSTD_DCtx*>(decompressor_)); }

bool ChunkReader::read(const ChunkRef& chunk, std::vector<std::uint64_t>& words, std::size_t& bytes,
                       std::string& problem) {
  const auto fail = [&](const std::string& what) {
    problem = "The chunk at " + at_byte(chunk.offset) + " " + what;
    bytes = 0;
    return false;
  };
  if (chunk.raw_size > trace::max_chunk_bytes) {
    return fail("claims " + group_digits(chunk.raw_size) + " bytes of content, more than the format allows.");
  }
  const std::size_t whole = sizeof(ChunkHeader) + chunk.stored_size;
  stored_.resize(whole);
  if (source_.read_at(chunk.offset, stored_.data(), whole) != whole) return fail("can no longer be read.");
  const std::span<const std::byte> all(stored_);
  const auto header = load<ChunkHeader>(all);
  const std::span<const std::byte> stored = all.subspan(sizeof(ChunkHeader));
  if (chunk.kind == ChunkKind::live) {
    const auto live = load<LiveHeader>(stored);
    if (live.stream != chunk.stream || live.sequence != chunk.sequence) return fail("was changed while it was read.");
    const std::size_t room = (stored.size() - sizeof live) / sizeof(std::uint64_t);
    if ((live.full_words != 0) != chunk.whole || live.full_words > room) return fail("was changed while it was read.");
    words.resize(chunk.whole ? static_cast<std::size_t>(live.full_words) : room);
    bytes = words.size() * sizeof(std::uint64_t);
    if (bytes > 0) std::memcpy(words.data(), stored.data() + sizeof live, bytes);
    return true;
  }
  if (header.crc != chunk.crc || checksum(header, stored) != header.crc) return fail("was changed while it was read.");
  words.resize((chunk.raw_size + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t));
  switch (chunk.codec) {
    case Codec::none:
      if (stored.size() != chunk.raw_size) return fail("has two different sizes.");
      if (!stored.empty()) std::memcpy(words.data(), stored.data(), stored.size());
      break;
    case Codec::zstd: {
      // In one pass into a buffer of the claimed size: what the frame says of itself can make nothing larger.
      if (decompressor_ == nullptr) decompressor_ = ZSTD_createDCtx();
      if (decompressor_ == nullptr) return fail("cannot be decompressed: out of memory.");
      const std::size_t got = ZSTD_decompressDCtx(static_cast<ZSTD_DCtx*>(decompressor_), words.data(), chunk.raw_size,
                                                  stored.data(), stored.size());
      if (ZSTD_isError(got) != 0) return fail(std::string("cannot be decompressed: ") + ZSTD_getErrorName(got) + ".");
      if (got != chunk.raw_size) return fail("holds less than it claims.");
      break;
    }
    case Codec::words: {
      if (chunk.raw_size % sizeof(std::uint64_t) != 0) return fail("does not hold whole words.");
      predictor_ = {};
      if (!trace::WordDecoder::decode(predictor_, reinterpret_cast<const unsigned char*>(stored.data()), stored.size(),
                                      words.data(), words.size())) {
        return fail("cannot be decoded.");
      }
      break;
    }
    default: return fail("is compressed in a way that this tenter does not know. Update tenter.");
  }
  bytes = chunk.raw_size;
  return true;
}

}  // namespace tenter::analysis
