// What both oracles are told on the command line.
#pragma once
#include <charconv>
#include <cstdint>
#include <string_view>

namespace tenter::analysis::oracle {

struct Arguments {
  std::uint64_t seed = 1, count = 2000;  // the first trace's, and how many traces
  bool print = false;

  // False: this is none of --seed=N, --count=N and --print.
  bool take(std::string_view argument) {
    if (argument == "--print") return print = true;
    return take_number(argument, "--seed=", seed) || take_number(argument, "--count=", count);
  }

 private:
  static bool take_number(std::string_view argument, std::string_view option, std::uint64_t& value) {
    if (!argument.starts_with(option)) return false;
    argument.remove_prefix(option.size());
    const auto [end, error] = std::from_chars(argument.data(), argument.data() + argument.size(), value);
    return error == std::errc() && end == argument.data() + argument.size();
  }
};

}  // namespace tenter::analysis::oracle
