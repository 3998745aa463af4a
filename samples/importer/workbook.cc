#include "workbook.h"

#include <charconv>
#include <cstring>
#include <optional>
#include <pugixml.hpp>

#include "archive.h"

namespace importer {
namespace {

pugi::xml_document parse(const std::string& text, const std::string& name) {
  pugi::xml_document document;
  if (const auto result =
          document.load_buffer(text.data(), text.size(), pugi::parse_default | pugi::parse_ws_pcdata_single);
      !result) {
    throw WorkbookError("the workbook is damaged: " + name + " is no XML (" + result.description() + ")");
  }
  return document;
}

pugi::xml_document require(const Archive& archive, const std::string& name) {
  const auto text = archive.part(name);
  if (!text) { throw WorkbookError("the file is no workbook: it has no " + name); }
  return parse(*text, name);
}

// The part that holds the first sheet: the workbook names a relation, and the relations name parts.
std::string first_sheet(const Archive& archive) {
  const auto workbook = require(archive, "xl/workbook.xml");
  const std::string id = workbook.child("workbook").child("sheets").child("sheet").attribute("r:id").value();
  const auto relations = require(archive, "xl/_rels/workbook.xml.rels");
  for (const auto relation : relations.child("Relationships").children("Relationship")) {
    if (id == relation.attribute("Id").value()) {
      const std::string target = relation.attribute("Target").value();
      return target.starts_with('/') ? target.substr(1) : "xl/" + target;
    }
  }
  throw WorkbookError("the workbook has no sheet");
}

// A string is one text, or runs of text that differ in looks. How to pronounce it (rPh) is not part of it.
std::string text_of(const pugi::xml_node& string) {
  std::string text = string.child("t").text().get();
  for (const auto run : string.children("r")) { text += run.child("t").text().get(); }
  return text;
}

std::vector<std::string> shared_strings(const Archive& archive) {
  std::vector<std::string> strings;
  const std::string name = "xl/sharedStrings.xml";
  if (const auto text = archive.part(name)) {
    const auto document = parse(*text, name);
    for (const auto string : document.child("sst").children("si")) { strings.push_back(text_of(string)); }
  }
  return strings;
}

std::optional<std::size_t> to_number(std::string_view digits) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) { return std::nullopt; }
  return number;
}

// "C7" is in column 2. Nothing for what is no reference.
std::optional<std::size_t> column_of(std::string_view reference) {
  std::size_t column = 0, letters = 0;
  for (const char c : reference.substr(0, 3)) {
    if (c < 'A' || c > 'Z') { break; }
    column = column * 26 + static_cast<std::size_t>(c - 'A') + 1;
    ++letters;
  }
  if (letters == 0 || !to_number(reference.substr(letters))) { return std::nullopt; }
  return column - 1;
}

class SheetReader {
 public:
  SheetReader(const std::vector<std::string>& strings, const WorkbookLimits& limits)
      : strings_(strings), limits_(limits) {}

  std::vector<Row> read(const pugi::xml_document& sheet) {
    std::vector<Row> rows;
    std::size_t number = 0;
    for (const auto node : sheet.child("worksheet").child("sheetData").children("row")) {
      ++number;
      if (const auto said = node.attribute("r")) { number = to_number(said.value()).value_or(number); }
      if (rows.size() == limits_.rows) {
        throw WorkbookError("the workbook is refused: it has more than " + std::to_string(limits_.rows) + " rows");
      }
      Row row{number, {}};
      for (const auto cell : node.children("c")) { add(row, cell); }
      if (!row.cells.empty()) { rows.push_back(std::move(row)); }
    }
    return rows;
  }

 private:
  void add(Row& row, const pugi::xml_node& cell) {
    std::size_t column = row.cells.size();
    if (const auto reference = cell.attribute("r")) {
      const auto named = column_of(reference.value());
      if (!named) { throw WorkbookError("the workbook is damaged: " + place(row) + "has a cell that stands nowhere"); }
      column = *named;
    }
    if (column >= limits_.columns) { return; }
    std::string value = value_of(row, cell);
    bytes_ += value.size();
    if (bytes_ > limits_.text_bytes) {
      throw WorkbookError("the workbook is refused: its cells hold more than " + std::to_string(limits_.text_bytes) +
                          " bytes");
    }
    if (row.cells.size() <= column) { row.cells.resize(column + 1); }
    row.cells[column] = std::move(value);
  }

  std::string value_of(const Row& row, const pugi::xml_node& cell) const {
    const char* const type = cell.attribute("t").value();
    if (std::strcmp(type, "inlineStr") == 0) { return text_of(cell.child("is")); }
    const char* const value = cell.child("v").text().get();
    if (std::strcmp(type, "s") != 0) { return value; }
    const auto index = to_number(value);
    if (!index || *index >= strings_.size()) {
      throw WorkbookError("the workbook is damaged: " + place(row) + "refers to a text that is not there");
    }
    return strings_[*index];
  }

  static std::string place(const Row& row) { return "row " + std::to_string(row.number) + " "; }

  const std::vector<std::string>& strings_;
  const WorkbookLimits& limits_;
  std::size_t bytes_ = 0;
};

}  // namespace

std::vector<Row> read_workbook(std::string_view bytes, const WorkbookLimits& limits) {
  const Archive archive(bytes, limits);
  const std::string name = first_sheet(archive);
  const auto strings = shared_strings(archive);
  return SheetReader(strings, limits).read(require(archive, name));
}

}  // namespace importer
