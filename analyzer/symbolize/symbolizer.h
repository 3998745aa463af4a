// Symbolizer turns addresses of the recorded process into names: code addresses into frames (inlined functions
// included), data addresses into the global variables that hold them.
//
//   Symbolizer symbols(modules);
//   symbols.prepare(all_code, all_data);              // one batch: the child starts once
//   for (const Frame& frame : symbols.frames(pc)) ...
//
// Names come from llvm-symbolizer, run as a child, and only where the file on disk is the one that was recorded
// (same build-id). Everything else is told as module + offset, and notes() says why. Nothing that a recording
// names is ever executed. Not thread-safe; use one per recording.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "symbolize/frame.h"
#include "symbolize/symbolizer_process.h"

namespace tenter::analysis {

// A file at its place in the recorded process's memory.
struct MappedModule {
  std::string path;
  std::string build_id;         // hex; empty where unknown
  std::uint64_t load_bias = 0;  // address in memory minus address in the file
  std::uint64_t begin = 0, end = 0;
  bool instrumented = false;  // the user built it, and can build it again
};

struct DataSymbol {
  std::string name, module;
  std::uint64_t address = 0, size = 0;  // in the recorded process
};

// What the findings need to know of names. Symbolizer is the real one; tests bring their own.
class NameSource {
 public:
  virtual ~NameSource() = default;
  // Looks all of these up in one batch; later calls answer from the cache.
  virtual void prepare(const std::vector<std::uint64_t>& return_addresses,
                       const std::vector<std::uint64_t>& data_addresses) = 0;
  // The frames at the call that returns to `return_address`, innermost first; never empty.
  virtual const std::vector<Frame>& frames(std::uint64_t return_address) = 0;
  // The global variable that holds the byte at `address`.
  virtual std::optional<DataSymbol> data(std::uint64_t address) = 0;
  // Whether the address lies in a module of the program, as a global does even if it has no name.
  virtual bool in_module(std::uint64_t address) const = 0;
};

class Symbolizer : public NameSource {
 public:
  // `program`: the llvm-symbolizer to run; empty: no names at all, module and offset only.
  Symbolizer(const std::vector<MappedModule>& modules, std::string program);
  explicit Symbolizer(const std::vector<MappedModule>& modules) : Symbolizer(modules, find_symbolizer()) {}

  void prepare(const std::vector<std::uint64_t>& return_addresses,
               const std::vector<std::uint64_t>& data_addresses) override;
  const std::vector<Frame>& frames(std::uint64_t return_address) override;
  std::optional<DataSymbol> data(std::uint64_t address) override;
  bool in_module(std::uint64_t address) const override { return module_at(address) != nullptr; }

  // What a reader of the report should know about missing names: one sentence each.
  std::vector<std::string> notes() const;

 private:
  const MappedModule* module_at(std::uint64_t address) const;
  // The path to ask about, or empty where the file cannot be trusted to be the recorded one.
  const std::string& usable_path(const MappedModule& module);

  std::multimap<std::uint64_t, MappedModule>
      modules_;                                 // by begin; of two at one place the later recorded one comes last
  std::unique_ptr<SymbolizerProcess> process_;  // null: no names
  std::map<std::pair<std::string, std::string>, std::string> usable_;  // (path, build-id) -> path to ask about
  std::map<std::string, std::string> distrusted_;                      // path -> why
  std::map<std::string, bool> has_lines_;                              // of instrumented files that were asked about
  std::unordered_map<std::uint64_t, std::vector<Frame>> frames_;
  std::unordered_map<std::uint64_t, std::optional<DataSymbol>> data_;
  bool needed_names_ = false;
};

}  // namespace tenter::analysis
