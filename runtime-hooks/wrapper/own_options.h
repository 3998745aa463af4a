// The options that are the wrapper's own; every other argument is the compiler's. This list is the only one: what is
// accepted, what `--tenter-help` prints and the manual page come from it.
//
//   const Asked asked = read_own_options({"--tenter-mode=off", "-O2", "x.cc"}, [](const char* name) { return getenv(name); });
//   asked.mode;   // "off"
//   asked.rest;   // -O2 x.cc
#pragma once
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "wrapper/command_line.h"

namespace tenter::wrapper {

struct OwnOption {
  std::string_view name;      // "--tenter-mode"
  std::string_view values;    // "record|tsan|off"; empty: a flag
  std::string_view variable;  // of the environment, which says the same; empty: none
  std::string_view tells;     // what it does, as a sentence
};
std::span<const OwnOption> own_options();

struct Asked {
  std::string mode = "record", pass = "on";
  bool lint = false, help = false, manual = false;
  Arguments rest;
  std::string refusal;  // one sentence; empty: all is well
};

// An option wins over its variable, and of several the last. `variable` gives the value of one, or null.
Asked read_own_options(const Arguments& arguments, const std::function<const char*(const char*)>& variable);

// As `--tenter-help` prints it, and as a page for man(1). `name` is the wrapper's, `compiler_variable` TENTER_CXX or TENTER_CC.
std::string help_text(std::string_view name, std::string_view compiler_variable, std::string_view usual_compiler);
std::string manual_page(std::string_view name, std::string_view compiler_variable, std::string_view usual_compiler);

}  // namespace tenter::wrapper
