// The report as text and as JSON.
#include <tenter/leak.h>

#include <cstdio>
#include <string_view>

namespace tenter {
namespace {

constexpr std::size_t most_named = 8;  // tasks of one leak

std::string in_time(Duration duration) {
  char text[32];
  const double ms = static_cast<double>(duration.count()) / 1e6;
  if (ms < 1000) {
    std::snprintf(text, sizeof text, "%.1f ms", ms);
  } else {
    std::snprintf(text, sizeof text, "%.1f s", ms / 1000);
  }
  return text;
}

std::string address(const void* object) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%lx", reinterpret_cast<unsigned long>(object));
  return text;
}

std::string tasks_in_words(std::size_t count) { return std::to_string(count) + (count == 1 ? " task" : " tasks"); }

Duration longest_wait(const Leak& leak) {
  Duration longest{0};
  for (const LeakedTask& task : leak.tasks) { longest = task.waiting_for > longest ? task.waiting_for : longest; }
  return longest;
}

void add(std::string& text, const Leak& leak, const std::string& scope) {
  text += "  " + tasks_in_words(leak.count()) + ": " + leak.doing;
  if (leak.count() == 1 && leak.tasks.front().object != nullptr) { text += " " + address(leak.tasks.front().object); }
  if (const Duration longest = longest_wait(leak); longest.count() > 0) { text += ", for " + in_time(longest); }
  text += std::string(" [") + name_of(leak.reason) + "]\n    ";
  std::size_t named = 0;
  for (const LeakedTask& task : leak.tasks) {
    if (named == most_named) {
      text += ", ...";
      break;
    }
    text += (named++ == 0 ? "task " : ", ") + std::to_string(task.id);
    if (!task.name.empty()) { text += " `" + task.name + "`"; }
  }
  text += "\n";
  if (leak.scope != scope) { text += "    of scope `" + leak.scope + "`\n"; }
  if (!leak.created_at.empty()) { text += "    created at " + leak.created_at + "\n"; }
  if (!leak.waits_at.empty()) { text += "    waits at " + leak.waits_at + "\n"; }
}

std::string quoted(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (byte < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", byte);
      json += escape;
    } else {
      json += c;
    }
  }
  return json + '"';
}

// With the names of a frame in the reports of `tenter check`.
std::string as_json(const SourcePlace& place) {
  if (place.module.empty()) { return "null"; }
  std::string json = "{\"function\":" + quoted(place.function);
  if (place.line != 0) { json += ",\"file\":" + quoted(place.file) + ",\"line\":" + std::to_string(place.line); }
  return json + ",\"module\":" + quoted(place.module) + ",\"offset\":" + std::to_string(place.offset) + "}";
}

void add_json(std::string& json, const Leak& leak) {
  json += R"({"kind":"task-leak","reason":)" + quoted(name_of(leak.reason));
  json += ",\"count\":" + std::to_string(leak.count());
  json += ",\"doing\":" + quoted(leak.doing);
  json += ",\"created_at\":" + quoted(leak.created_at);
  json += ",\"waits_at\":" + quoted(leak.waits_at);
  json += ",\"created_in\":" + as_json(leak.created_in);
  json += ",\"waits_in\":" + as_json(leak.waits_in);
  json += ",\"scope\":" + quoted(leak.scope) + ",\"tasks\":[";
  bool first = true;
  for (const LeakedTask& task : leak.tasks) {
    json += first ? "" : ",";
    first = false;
    json += "{\"id\":" + std::to_string(task.id) + ",\"name\":" + quoted(task.name) + ",\"object\":";
    json += task.object != nullptr ? quoted(address(task.object)) : std::string("null");
    json += ",\"waiting_for_ns\":" + std::to_string(task.waiting_for.count()) + "}";
  }
  json += "]}";
}

std::string as_json(const std::vector<Leak>& leaks) {
  std::string json = "[";
  for (const Leak& leak : leaks) {
    if (json.size() > 1) { json += ","; }
    add_json(json, leak);
  }
  return json + "]";
}

}  // namespace

const char* name_of(LeakReason reason) noexcept {
  switch (reason) {
    case LeakReason::send_no_receiver: return "send-no-receiver";
    case LeakReason::receive_no_sender: return "receive-no-sender";
    case LeakReason::select_no_case: return "select-no-case";
    case LeakReason::nil_channel: return "nil-channel";
    case LeakReason::lock_never_released: return "lock-never-released";
    case LeakReason::wait_group_never_done: return "wait-group-never-done";
    case LeakReason::condition_never_signalled: return "condition-never-signalled";
    case LeakReason::context_never_cancelled: return "context-never-cancelled";
    case LeakReason::still_running: break;
  }
  return "still-running";
}

std::size_t LeakReport::count() const {
  std::size_t tasks = 0;
  for (const Leak& leak : leaks_) { tasks += leak.count(); }
  return tasks;
}

std::string LeakReport::text() const {
  std::string text;
  const std::string where = scope_.empty() ? "" : " in scope `" + scope_ + "`";
  if (!leaks_.empty()) {
    text += tasks_in_words(count()) + (count() == 1 ? " was" : " were") + " left behind" + where + ":\n";
    for (const Leak& leak : leaks_) { add(text, leak, scope_); }
  }
  if (!running_.empty()) {
    text += (leaks_.empty() ? "still running" + where : std::string("still running, and no leaks (yet)")) + ":\n";
    for (const Leak& leak : running_) { add(text, leak, scope_); }
  }
  return text;
}

std::string LeakReport::to_json() const {
  return std::string("{\"clean\":") + (clean() ? "true" : "false") + ",\"scope\":" + quoted(scope_) +
         ",\"leaks\":" + as_json(leaks_) + ",\"running\":" + as_json(running_) + "}";
}

}  // namespace tenter
