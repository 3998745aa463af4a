// What other tools want to know of a kind of finding beside its page: a name for people and its place in the Common
// Weakness Enumeration.
#pragma once
#include <string_view>

namespace tenter::analysis {

struct KindTraits {
  const char* kind;      // as in reports: data-race
  const char* id_name;   // one word for tools: DataRace
  const char* title;     // for people: Data race
  const char* severity;  // of most findings of the kind
  unsigned cwe;          // 0: none fits
};

// Of a kind that is not ours the traits of a finding in general.
const KindTraits& traits_of(std::string_view kind);

}  // namespace tenter::analysis
