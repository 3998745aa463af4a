// Settings that come from the environment. One that cannot be understood ends the process with code 2 and a sentence that
// says what was expected: a typing error must not quietly give another program than the one that was asked for.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace tenter::detail {

// "4096", "64k" and "8M" (binary multiples; the letter in either case). Nothing for any other text, and for what does not
// fit into 64 bits.
std::optional<std::uint64_t> parse_size(std::string_view text);

// The value of a variable as above; nothing if it is unset or empty. Other text ends the process.
std::optional<std::uint64_t> size_from_environment(const char* name);

// Ends the process with code 2. `expected` finishes the sentence "NAME is `TEXT`, but must be ...".
[[noreturn]] void refuse_setting(const char* name, const char* text, const char* expected);

}  // namespace tenter::detail
