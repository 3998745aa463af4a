// Circles of locks in which this unit has a part, beside what other units told of theirs.
#include <algorithm>

#include "lint/lasting_name.h"
#include "lint/simulation.h"
#include "lint/summary_import.h"
#include "lint/unit.h"

namespace tenter::lint {

using namespace clang;

void Unit::report_lock_orders() {
  const SourceManager& sources = context_.getSourceManager();
  std::vector<OrderEdge> edges;
  for (const LockOrder& order : orders_) edges.push_back(order.edge);
  std::vector<const FarOrder*> far;
  const std::string own_file = main_file(sources);
  if (imports_ != nullptr)
    for (const FarOrder& order : imports_->orders()) {
      if (file_place(order.wanted_at).file == own_file) continue;  // of the time before it was changed, maybe
      OrderEdge edge{add_lock(order.held), add_lock(order.wanted), order.held_shared, order.wanted_shared, {}};
      for (const std::string& gate : order.gates) edge.gates.insert(add_lock({gate, gate}));
      edges.push_back(std::move(edge));
      far.push_back(&order);
    }
  for (const std::vector<std::size_t>& circle : find_circles(edges)) {
    const auto first = std::find_if(circle.begin(), circle.end(), [&](std::size_t i) { return i < orders_.size(); });
    if (first == circle.end()) continue;
    const LockOrder& order = orders_[*first];
    const std::string wanted = lock_name(order.edge.wanted).name, held = lock_name(order.edge.held).name;
    LintFinding finding;
    finding.check = Check::lock_order_cycle;
    finding.certain = false;
    finding.where = start_of(order.wanted_at);
    finding.text = order_sentence(held, wanted, circle.size());
    finding.object = held + ", " + wanted;
    finding.function = order.function->getQualifiedNameAsString();
    const auto note = [&](const Stmt* at, const std::string& text) {
      if (at != nullptr) finding.notes.push_back({start_of(at), text});
    };
    note(order.held_at, order_note(held));
    note(order.inside, inside_note);
    for (std::size_t step = 1; step < circle.size(); ++step) {
      const auto at = circle.begin() + (first - circle.begin() + static_cast<std::ptrdiff_t>(step)) %
                                           static_cast<std::ptrdiff_t>(circle.size());
      const OrderEdge& edge = edges[*at];
      const bool own = *at < orders_.size();
      const FarOrder* told = own ? nullptr : far[*at - orders_.size()];
      const auto place = [&](const Stmt* here, const std::string& there) {
        return own ? here : importer_->far_statement(there);
      };
      const LockOrder nothing;
      const LockOrder& its = own ? orders_[*at] : nothing;
      note(place(its.held_at, own ? "" : told->held_at), order_note(lock_name(edge.held).name));
      note(place(its.wanted_at, own ? "" : told->wanted_at), wanted_note(lock_name(edge.wanted).name));
      note(place(its.inside, own ? "" : told->inside), inside_note);
    }
    report(std::move(finding), *order.function);
  }
}

}  // namespace tenter::lint
