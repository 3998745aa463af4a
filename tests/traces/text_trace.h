// TextTrace turns a story, one event a line, into the Steps that a recording of it would give. The language is in
// README.md. A channel operation that would wait is written as the library records it: the task parks, its partner completes the
// operation, and the parked task says so before whatever it does next.
//
//   TextTrace trace;
//   trace.line("main write total");       // returns a sentence where a line makes no sense
//   trace.line("main send done");
//   trace.is_parked("main");              // true: the channel is unbuffered and nobody receives
//   for (Step& step : trace.finish()) ...
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "order/step.h"

namespace tenter::analysis {

class TextTrace {
 public:
  TextTrace();
  // Takes the next line. Empty, or why the line cannot be.
  std::string line(std::string_view text);
  // Lets every task that need not wait end, and returns all steps.
  const std::vector<Step>& finish();

  bool is_parked(const std::string& task) const;
  std::string last_channel(const std::string& task) const;   // on which it last sent or received, whoever carried that out
  const std::vector<std::string>& expected() const { return expected_; }   // without the word expect
  const std::set<unsigned>& marked_lines() const { return marked_; }
  bool complete() const { return complete_; }

  std::string task_name(TaskId task) const;
  std::string object_name(std::uint64_t address) const;   // of the variable, lock, ...; with an offset into it

 private:
  struct Case {
    std::uint64_t channel = 0;   // 0: otherwise
    bool send = false;
    std::uint64_t handle = 0;    // that ends with the select
    bool due = false;
  };
  struct Actor {
    std::string name;
    TaskId id{};
    trace::TaskKind kind{};
    bool started = false, ended = false, stays = false, waits = false;
    std::vector<Case> parked;                 // what it waits for
    std::optional<Case> completed;            // what a partner has done for it, not yet said
    bool completed_by_close = false;
    unsigned parked_line = 0;
    std::uint64_t last_channel = 0;
  };
  struct Pipe {
    std::uint64_t capacity = 0, filled = 0;
    bool closed = false;
    std::deque<std::uint32_t> senders, receivers;   // indices of parked actors
  };

  struct Words;
  std::string run(Actor& actor, Words& words);
  std::string memory(Actor& actor, const std::string& verb, Words& words);
  std::string atomic(Actor& actor, const std::string& verb, Words& words);
  std::string channel(Actor& actor, const std::string& verb, Words& words);
  std::string handle(Actor& actor, const std::string& verb, Words& words);
  std::string select(Actor& actor, Words& words);

  Actor& actor(const std::string& name);
  std::uint64_t object(const std::string& name);
  bool place(const std::string& text, std::uint64_t& address, std::uint64_t& size);
  Step& emit(Actor& actor, trace::Op op, std::uint64_t object, std::uint64_t value = 0, unsigned flags = 0,
             unsigned arg = 0);
  void settle(Actor& actor);
  Pipe& pipe(std::uint64_t address, bool make);
  bool ready(const Case& what);
  void perform(Actor& actor, const Case& what, unsigned flags);
  void tell_of(Actor& actor, const std::vector<Case>& cases);
  void park(Actor& actor, std::vector<Case> cases, trace::WaitKind kind);
  std::uint32_t take_parked(std::deque<std::uint32_t>& queue, std::uint64_t channel, bool send, bool by_close);

  unsigned line_ = 0;
  std::deque<Actor> actors_;
  std::map<std::string, std::uint64_t> objects_;
  std::map<std::uint64_t, std::string> names_;
  std::map<std::uint64_t, Pipe> pipes_;
  std::vector<Step> steps_;
  std::vector<std::string> expected_;
  std::set<unsigned> marked_;
  bool complete_ = true;
};

}  // namespace tenter::analysis
