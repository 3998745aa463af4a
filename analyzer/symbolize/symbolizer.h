// Symbolizer turns addresses of the recorded process into names: code addresses into frames (inlined functions
// included), data addresses into the global variables that hold them.
//
//   Symbolizer symbols(modules, {.recorded_ns = info.start_time_ns});
//   symbols.prepare(all_code, all_data);              // one batch: the child starts once
//   for (const Frame& frame : symbols.frames(pc)) ...
//
// Names come from llvm-symbolizer, run as a child, and only where the file on disk is the one that was recorded
// (same build-id, or none and not changed since), or where debug information for the recorded build-id lies in a debug folder.
// Everything else is told as module + offset, and notes() says why. Nothing that a recording names is ever executed. Not
// thread-safe; use one per recording.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
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
  struct Settings {
    std::string program =
        find_symbolizer();  // the llvm-symbolizer to run; empty: no names at all, module and offset only
    SymbolizerProcess::Sources sources = {};
    SymbolizerProcess::Limits limits = {};
    std::uint64_t recorded_ns = 0;  // since the epoch: when the recording began; 0 where unknown
  };
  Symbolizer(const std::vector<MappedModule>& modules, Settings settings);

  void prepare(const std::vector<std::uint64_t>& return_addresses,
               const std::vector<std::uint64_t>& data_addresses) override;
  const std::vector<Frame>& frames(std::uint64_t return_address) override;
  std::optional<DataSymbol> data(std::uint64_t address) override;
  bool in_module(std::uint64_t address) const override { return module_at(address) != nullptr; }

  // What a reader of the report should know about missing names: one sentence each.
  std::vector<std::string> notes() const;

 private:
  const MappedModule* module_at(std::uint64_t address) const;
  // How the symbolizer is to find the module: the quoted path, or where the file cannot be trusted to be the recorded one its
  // build-id, or nothing.
  const std::string& way_to(const MappedModule& module);

  std::multimap<std::uint64_t, MappedModule>
      modules_;                                 // by begin; of two at one place the later recorded one comes last
  std::unique_ptr<SymbolizerProcess> process_;  // null: no names
  std::uint64_t recorded_ns_;
  std::map<std::pair<std::string, std::string>, std::string> ways_;  // (path, build-id) -> what to ask about
  std::map<std::string, std::string> distrusted_;                    // path -> why
  std::map<std::string, bool> named_elsewhere_;                      // of those that were asked for by build-id
  std::set<std::string> gave_up_on_;
  std::map<std::string, bool> has_lines_;  // of instrumented files that were asked about
  std::unordered_map<std::uint64_t, std::vector<Frame>> frames_;
  std::unordered_map<std::uint64_t, std::optional<DataSymbol>> data_;
  bool needed_names_ = false;
};

}  // namespace tenter::analysis
