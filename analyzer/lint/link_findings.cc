#include "lint/link_findings.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include <llvm/Support/MemoryBuffer.h>

#include "lint/lasting_name.h"
#include "lint/lock_order.h"
#include "lint/summary_import.h"
#include "lint/suppression.h"

namespace tenter::lint {
namespace {

namespace json = llvm::json;

std::string word(const json::Object& told, llvm::StringRef key) {
  return told.getString(key).value_or(llvm::StringRef()).str();
}

bool flag(const json::Object& told, llvm::StringRef key) { return told.getBoolean(key).value_or(false); }

json::Object place_told(const std::string& text) {
  const FilePlace place = file_place(text);
  return json::Object{{"file", place.file.str()}, {"line", place.line}, {"column", place.column}};
}

bool is_unwanted(const std::string& at, llvm::StringRef id) {
  const FilePlace place = file_place(at);
  const auto text = llvm::MemoryBuffer::getFile(place.file);
  return text && suppressed_at((*text)->getBuffer(), place.line, id);
}

class Program {
 public:
  Program(const std::vector<json::Object>& units, const Selection& selection, bool whole_program)
      : units_(units), selection_(selection), whole_program_(whole_program) {}

  json::Array run() {
    see_orders();
    see_fields();
    json::Array all;
    for (auto& [key, finding] : findings_) all.push_back(std::move(finding));
    return all;
  }

 private:
  struct Found {
    Check check;
    bool certain;
    std::string at, text, object, function, unit;
    std::vector<std::pair<std::string, std::string>> notes;  // place, text
  };

  void report(const Found& found) {
    const char* id = info(found.check).id;
    if (!selection_.wants(found.check, found.certain) || file_place(found.at).line == 0 || is_unwanted(found.at, id))
      return;
    json::Object told = place_told(found.at);
    told["check"] = id;
    told["certain"] = found.certain;
    told["text"] = found.text;
    told["object"] = found.object;
    told["function"] = found.function;
    told["unit"] = found.unit;
    json::Array notes;
    for (const auto& [at, text] : found.notes) {
      if (file_place(at).line == 0) continue;
      json::Object note = place_told(at);
      note["text"] = text;
      notes.push_back(std::move(note));
    }
    told["notes"] = std::move(notes);
    const FilePlace place = file_place(found.at);
    findings_.emplace(std::tuple(place.file.str(), place.line, place.column, std::string(id), found.object),
                      std::move(told));
  }

  void see_orders() {
    // Sorted, so that neither the order of units nor that of names in them shows.
    std::map<std::tuple<std::string, std::string, std::string, std::string>, std::pair<FarOrder, std::string>> sorted;
    for (const json::Object& unit : units_)
      if (const json::Array* orders = unit.getArray("orders"))
        for (const json::Value& each : *orders)
          if (const json::Object* told = each.getAsObject()) {
            FarOrder order = far_order(*told);
            std::tuple key(order.wanted_at, order.inside, order.held.id, order.wanted.id);
            sorted.emplace(std::move(key), std::pair(std::move(order), word(unit, "unit")));
          }
    std::map<std::string, LockId> numbers;
    for (const auto& [key, told] : sorted) {
      const FarOrder& order = told.first;
      numbers.emplace(order.held.id, 0);
      numbers.emplace(order.wanted.id, 0);
      for (const std::string& gate : order.gates) numbers.emplace(gate, 0);
    }
    LockId next = 0;
    for (auto& [id, number] : numbers) number = next++;
    std::vector<OrderEdge> edges;
    std::vector<const std::pair<FarOrder, std::string>*> orders;
    for (const auto& [key, told] : sorted) {
      const FarOrder& order = told.first;
      OrderEdge edge{numbers[order.held.id], numbers[order.wanted.id], order.held_shared, order.wanted_shared, {}};
      for (const std::string& gate : order.gates) edge.gates.insert(numbers[gate]);
      edges.push_back(std::move(edge));
      orders.push_back(&told);
    }
    for (const std::vector<std::size_t>& circle : find_circles(edges)) {
      // It begins where it stands first in the sources.
      const auto first = std::min_element(circle.begin(), circle.end());
      std::vector<std::size_t> turned(first, circle.end());
      turned.insert(turned.end(), circle.begin(), first);
      const auto& [order, unit] = *orders[turned.front()];
      Found found{.check = Check::lock_order_cycle,
                  .certain = false,
                  .at = order.wanted_at,
                  .text = order_sentence(order.held.name, order.wanted.name, turned.size()),
                  .object = order.held.name + ", " + order.wanted.name,
                  .function = order.function,
                  .unit = unit,
                  .notes = {{order.held_at, order_note(order.held.name)}}};
      if (!order.inside.empty()) found.notes.emplace_back(order.inside, inside_note);
      for (std::size_t i = 1; i < turned.size(); ++i) {
        const FarOrder& other = orders[turned[i]]->first;
        found.notes.emplace_back(other.held_at, order_note(other.held.name));
        found.notes.emplace_back(other.wanted_at, wanted_note(other.wanted.name));
        if (!other.inside.empty()) found.notes.emplace_back(other.inside, inside_note);
      }
      report(found);
    }
  }

  struct Field {
    std::string name, unit;
    bool whole = false, sent = false, closed = false, escapes = false, used = false;
    std::map<std::string, std::string> at, in;  // of the first use of each sort
  };

  void see_fields() {
    std::map<std::string, Field> fields;
    for (const json::Object& unit : units_)
      if (const json::Array* told = unit.getArray("fields"))
        for (const json::Value& each : *told)
          if (const json::Object* one = each.getAsObject()) add(fields, *one, word(unit, "unit"));
    for (const auto& [id, field] : fields) {
      const bool all_known = field.whole || whole_program_;
      const std::string name = "'" + field.name + "'";
      const auto at = [&](const std::string& use) {
        const auto found = field.at.find(use);
        return found != field.at.end() ? found->second : std::string();
      };
      const auto in = [&](const std::string& use) { return field.at.contains(use) ? field.in.at(use) : std::string(); };
      if (all_known && !at("received").empty() && !field.sent && !field.closed && !field.escapes)
        report({Check::field_never_closed,
                true,
                at("received"),
                "this waits for ever, because nothing in the program sends on " + name + " or closes it",
                field.name,
                in("received"),
                field.unit,
                {}});
      if (!at("replaced").empty() && !at("in_task").empty())
        report({Check::handle_reassigned,
                false,
                at("replaced"),
                "the member " + name + " is replaced while a task may use it",
                field.name,
                in("replaced"),
                field.unit,
                {{at("in_task"), "a task uses it here"}}});
      if (all_known && !at("kept").empty() && !field.used)
        report({Check::lost_cancel,
                true,
                at("kept"),
                "nothing in the program calls " + name + ", so the context is never cancelled",
                field.name,
                in("kept"),
                field.unit,
                {}});
    }
  }

  static void add(std::map<std::string, Field>& fields, const json::Object& one, const std::string& unit) {
    Field& field = fields[word(one, "field")];
    field.name = word(one, "name");
    if (field.unit.empty() || unit < field.unit) field.unit = unit;
    field.whole |= flag(one, "whole");
    field.sent |= flag(one, "sent");
    field.closed |= flag(one, "closed");
    field.escapes |= flag(one, "escapes");
    field.used |= flag(one, "used");
    for (const std::string use : {"received", "in_task", "replaced", "kept"}) {
      const std::string at = word(one, use + "_at");
      if (at.empty()) continue;
      const auto [known, fresh] = field.at.try_emplace(use, at);
      if (!fresh && known->second <= at) continue;  // the same one, whichever unit comes first
      known->second = at;
      field.in[use] = word(one, use + "_in");
    }
  }

  const std::vector<json::Object>& units_;
  const Selection& selection_;
  const bool whole_program_;
  std::map<std::tuple<std::string, unsigned, unsigned, std::string, std::string>, json::Object> findings_;
};

}  // namespace

json::Array program_findings(const std::vector<json::Object>& units, const Selection& selection, bool whole_program) {
  return Program(units, selection, whole_program).run();
}

}  // namespace tenter::lint
