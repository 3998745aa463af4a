#include "read/detector_report.h"

#include <optional>

#include "base/text.h"
#include "read/text_chunks.h"

namespace tenter::analysis {
namespace {

// The words of a line, one after the other. Once one was not as expected all are missing.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}

  std::string_view word() {
    const std::size_t space = rest_.find(' ');
    const std::string_view found = rest_.substr(0, space);
    rest_.remove_prefix(space == std::string_view::npos ? rest_.size() : space + 1);
    return found;
  }
  std::uint64_t number() {
    const std::optional<std::uint64_t> found = parse_number(word(), 16);
    good_ = good_ && found.has_value();
    return found.value_or(0);
  }
  // True for the first of two words.
  bool either(std::string_view yes, std::string_view no) {
    const std::string_view found = word();
    good_ = good_ && (found == yes || found == no);
    return found == yes;
  }
  Addresses addresses() {
    Addresses all;
    while (good_ && !rest_.empty()) all.push_back(number());
    return all;
  }
  std::string_view rest() const { return rest_; }
  bool good() const { return good_; }

 private:
  std::string_view rest_;
  bool good_ = true;
};

void take(DetectorReport& report, std::string_view key, std::string_view value) {
  Words words(value);
  if (key == "what") {
    report.what = value;
  } else if (key == "access") {
    DetectorReport::Access access;
    access.thread = words.number();
    access.write = words.either("write", "read");
    access.atomic = words.either("atomic", "plain");
    access.address = words.number();
    access.size = words.number();
    access.stack = words.addresses();
    if (words.good()) report.accesses.push_back(std::move(access));
  } else if (key == "held") {
    DetectorReport::HeldMutex held;
    held.shared = words.either("shared", "exclusive");
    held.address = words.number();
    if (words.good() && !report.accesses.empty()) report.accesses.back().held.push_back(held);
  } else if (key == "memory") {
    DetectorReport::Memory memory;
    memory.kind = words.word();
    memory.begin = words.number();
    memory.size = words.number();
    memory.thread = words.number();
    memory.stack = words.addresses();
    if (words.good()) report.memory.push_back(std::move(memory));
  } else if (key == "mutex") {
    DetectorReport::Mutex mutex;
    mutex.address = words.number();
    mutex.created_at = words.addresses();
    if (words.good()) report.mutexes.push_back(std::move(mutex));
  } else if (key == "stack") {
    Addresses stack = words.addresses();
    if (words.good()) report.stacks.push_back(std::move(stack));
  } else if (key == "by") {
    const std::uint64_t number = words.number();
    if (words.good()) report.by.push_back(number);
  } else if (key == "thread") {
    DetectorReport::Thread thread;
    thread.number = words.number();
    thread.task = words.number();
    thread.parent = words.number();
    thread.created_at = words.addresses();
    if (words.good()) report.threads.push_back(std::move(thread));
  } else if (key == "name") {
    const std::uint64_t number = words.number();
    for (DetectorReport::Thread& thread : report.threads)
      if (words.good() && thread.number == number) thread.name = unescaped(words.rest());
  }
}

}  // namespace

DetectorReport parse_detector_report(std::string_view text) {
  DetectorReport report;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    std::string_view value = line.substr(equals + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);  // stack= begins with a space
    take(report, line.substr(0, equals), value);
  }
  return report;
}

}  // namespace tenter::analysis
