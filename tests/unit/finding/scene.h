// A Scene is a made-up program: places with names, and tasks, locks and blocks that a World has been told of. Its
// addresses, lines and order can be moved without changing what it means.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/stack_table.h"
#include "finding/collect.h"
#include "order/world.h"
#include "support/step_of.h"
#include "symbolize/symbolizer.h"

namespace tenter::analysis {

class MadeUpNames : public NameSource {
 public:
  void prepare(const std::vector<std::uint64_t>& addresses, const std::vector<std::uint64_t>&) override {
    prepared += addresses.size();
  }
  const std::vector<Frame>& frames(std::uint64_t address) override {
    const auto known = code.find(address);
    return known != code.end() ? known->second : unknown_;
  }
  std::optional<DataSymbol> data(std::uint64_t address) override {
    for (const DataSymbol& symbol : globals)
      if (address >= symbol.address && address - symbol.address < symbol.size) return symbol;
    return std::nullopt;
  }
  bool in_module(std::uint64_t address) const override { return address >= 0x400000 && address < 0x500000; }

  std::map<std::uint64_t, std::vector<Frame>> code;
  std::vector<DataSymbol> globals;
  std::size_t prepared = 0;

 private:
  std::vector<Frame> unknown_ = {Frame{}};
};

struct Scene {
  World world;
  StackTable stacks;
  MadeUpNames names;
  std::uint64_t next_pc = 0x1000;
  // What a test moves to see that a fingerprint stays.
  std::string folder = "/home/ann/bank/src/";
  std::uint32_t line_shift = 0;

  // A place in the code: a new address with this function and line.
  std::uint64_t pc(const std::string& function, const std::string& file, std::uint32_t line,
                   std::uint32_t function_line) {
    Frame frame;
    frame.function = function;
    frame.file = folder + file;
    frame.line = line + line_shift;
    frame.function_line = function_line + line_shift;
    frame.column = 3;
    frame.module = folder + "bank";
    frame.offset = next_pc;
    names.code[next_pc] = {frame};
    return next_pc++;
  }
  Site site(std::uint64_t leaf, const std::vector<std::uint64_t>& callers_outermost_first = {}) {
    StackId stack = empty_stack;
    for (const std::uint64_t caller : callers_outermost_first) stack = stacks.push(stack, caller);
    return {leaf, stack};
  }
  void step(TaskId task, trace::Op op, std::uint64_t object, std::uint64_t value = 0, std::uint8_t arg = 0,
            Site where = {}, std::string_view text = {}, std::uint8_t flags = 0) {
    Step one = step_of(task, op, object, value, flags, arg, where.pc);
    one.event.callers = where.callers;
    one.event.text = text;
    world.observe(one);
    held = one.held;
  }
  TaskId thread(std::uint32_t id, TaskId creator, Site created_at) {
    step(creator, trace::Op::task_create, id, 0, static_cast<std::uint8_t>(trace::TaskKind::thread), created_at);
    step(TaskId{id}, trace::Op::task_start, id, 0, static_cast<std::uint8_t>(trace::TaskKind::thread));
    return TaskId{id};
  }
  LockSetId held = no_locks;  // after the last step
};

}  // namespace tenter::analysis
