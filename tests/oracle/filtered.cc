// The filter itself and the rule for epochs are the recorder's own; only who calls them is different: here each task
// has a filter for as long as the trace lasts.
#include "filtered.h"

#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>

#include "record/access_filter.h"
#include "record/epoch.h"

namespace tenter::analysis::oracle {
namespace {

using record::AccessFilter;
using trace::AccessFlag;
using trace::Op;

struct Release {
  void operator()(AccessFilter* filter) const { std::free(filter); }
};
using OwnedFilter = std::unique_ptr<AccessFilter, Release>;

OwnedFilter make_filter() {
  void* memory = std::calloc(1, AccessFilter::bytes_for(AccessFilter::index_bits_min));
  auto* filter = static_cast<AccessFilter*>(memory);
  filter->use_entries(AccessFilter::index_bits_min);
  return OwnedFilter(filter);
}

}  // namespace

std::vector<Step> filtered(const std::vector<Step>& steps) {
  std::map<TaskId, OwnedFilter> filters;
  std::vector<Step> kept;
  for (const Step& step : steps) {
    OwnedFilter& filter = filters[step.task];
    if (filter == nullptr) filter = make_filter();
    const Event& event = step.event;
    if (event.op == Op::access_range) {
      const bool write = (event.flags & AccessFlag::write) != 0;
      const auto range = filter->uncovered(event.object, event.value, write);
      if (range.is_empty()) continue;
      filter->add_range(range.begin, range.size(), write);
      kept.push_back(step);
      kept.back().event.object = range.begin;
      kept.back().event.value = range.size();
      continue;
    } else if (event.op == Op::alloc || event.op == Op::free) {
      // `free` may leave the size to the allocation.
      if (event.value == 0) {
        filter->new_epoch();
      } else {
        filter->forget_range(event.object, event.value);
      }
    } else if (record::ends_epoch(event.op, event.flags)) {
      filter->new_epoch();
    }
    kept.push_back(step);
  }
  return kept;
}

}  // namespace tenter::analysis::oracle
