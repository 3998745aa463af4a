#include "report/dot_report.h"

#include <map>
#include <string>
#include <vector>

#include "base/text.h"
#include "finding/describe.h"
#include "report/escape.h"
#include "report/space_time.h"
#include "report/text_report.h"

namespace tenter::analysis {
namespace {

constexpr std::size_t max_findings = 200;
constexpr std::size_t max_label_bytes = 300;

// A label of lines, each escaped by itself; \n is DOT's own line break.
std::string label(std::initializer_list<std::string> lines) {
  std::string text;
  for (const std::string& line : lines) {
    if (line.empty()) continue;
    if (!text.empty()) text += "\\n";
    // Cut before escaping, so that no escape is cut in two.
    text += escape_for_dot(line.size() > max_label_bytes ? line.substr(0, max_label_bytes) + "..." : line);
  }
  return "label=\"" + text + '"';
}

bool is_race(const Finding& finding) { return finding.kind == "data-race" || finding.kind == "use-after-free-race"; }

class DotWriter {
 public:
  explicit DotWriter(std::ostream& out) : out_(out) {}

  void finding(const Finding& finding, std::size_t number) {
    prefix_ = "f" + std::to_string(number) + '_';
    nodes_.clear();
    out_ << "  subgraph cluster_" << number << " {\n    "
         << label({finding.message, finding.certainty + ' ' + finding.kind, finding.fingerprint}) << ";\n";
    if (!finding.cycle.empty()) cycle(finding);
    else if (is_race(finding) && finding.timeline)
      order(space_time_of(*finding.timeline, finding.sides, {}), finding.timeline->ordered);
    else tasks(finding);
    out_ << "  }\n";
  }

 private:
  // The node of that name, drawn when it is first asked for.
  std::string node(const std::string& key, const std::string& attributes) {
    const auto [known, is_new] = nodes_.try_emplace(key, prefix_ + std::to_string(nodes_.size()));
    if (is_new) out_ << "    " << known->second << " [" << attributes << "];\n";
    return known->second;
  }

  void arrow(const std::string& from, const std::string& to, const std::string& attributes) {
    out_ << "    " << from << " -> " << to << " [" << attributes << "];\n";
  }

  void cycle(const Finding& finding) {
    const auto object = [&](const std::string& what) {
      return node("object " + what, label({what}) + ", shape=ellipse");
    };
    for (const WaitRef& wait : finding.cycle) {
      const std::string wants = object(wait.wants), task = call_task(wait.task);
      const std::string at = place_of(wait.stack), held = place_of(wait.held_at);
      if (!wait.holds.empty()) {
        arrow(object(wait.holds), wants,
              label({task, held.empty() ? std::string() : "holds since " + held,
                     at.empty() ? std::string() : "wants at " + at}) +
                  ", color=red");
        continue;
      }
      arrow(node("task " + task, label({task}) + ", shape=box"), wants, label({at}) + ", color=red");
    }
  }

  // What happens before what around a race: of each task the events from which arrows go or at which they end, and
  // its access.
  void order(const SpaceTime& scene, bool ordered) {
    std::vector<bool> shown(scene.events.size());
    for (const SpaceTimeArrow& arrow : scene.arrows) shown[arrow.from] = shown[arrow.to] = true;
    const auto name = [&](std::size_t event) { return prefix_ + 'e' + std::to_string(event); };
    std::vector<std::string> marked;
    for (std::size_t lane = 0; lane < scene.lanes.size(); ++lane) {
      out_ << "    subgraph cluster_" << prefix_ << lane << " {\n      " << label({scene.lanes[lane].name}) << ";\n";
      std::string before;
      for (std::size_t i = 0; i < scene.events.size(); ++i) {
        const SpaceTimeEvent& event = scene.events[i];
        const bool mark = !event.role.empty();
        if (event.lane != lane || (!shown[i] && !mark)) continue;
        out_ << "      " << name(i) << " [" << label({event.does, event.at}) << ", shape=box"
             << (mark ? ", style=rounded, color=red" : "") << "];\n";
        if (!before.empty()) out_ << "      " << before << " -> " << name(i) << ";\n";
        before = name(i);
        if (mark) marked.push_back(before);
      }
      // A task of which nothing is drawn would leave no box.
      if (before.empty()) out_ << "      " << prefix_ << 'l' << lane << " [label=\"\", shape=point];\n";
      out_ << "    }\n";
    }
    for (const SpaceTimeArrow& arrow : scene.arrows)
      this->arrow(name(arrow.from), name(arrow.to), label({arrow.kind}) + ", color=blue");
    if (marked.size() == 2) side_by_side(marked[0], marked[1], ordered);
  }

  // A predicted race may be ordered in the run that is drawn.
  void side_by_side(const std::string& left, const std::string& right, bool ordered) {
    arrow(left, right,
          label({ordered ? "unordered when the same steps come in another order" : "nothing orders them"}) +
              ", dir=none, style=dashed, color=red, constraint=false");
  }

  void tasks(const Finding& finding) {
    std::map<std::string, std::string> last;  // of each task: the node that it came to last
    std::vector<std::string> acts;
    for (std::size_t i = 0; i < finding.sides.size(); ++i) {
      const Side& side = finding.sides[i];
      const std::string task = call_task(side.task);
      std::string& before = last[task];
      if (before.empty()) {
        before = node("task " + task, label({task}) + ", shape=box");
        if (const std::string at = place_of(side.task.created_at); !at.empty())
          arrow(node("created " + at, label({"created at " + at}) + ", shape=plaintext"), before, "style=solid");
      }
      std::string held;
      for (const LockRef& lock : side.locks) held += (held.empty() ? "holds " : ", ") + quoted_name(lock.name);
      const std::string act = node("act " + std::to_string(i), label({what_it_does(side), place_of(side.stack), held}) +
                                                                   ", shape=box, style=rounded, color=red");
      arrow(before, act, "style=solid");
      before = act;
      acts.push_back(act);
    }
    if (is_race(finding) && acts.size() >= 2) side_by_side(acts[0], acts[1], finding.certainty == "predicted");
    for (const TaskRef& task : finding.could_be_unblocked_by) {
      const std::string helper = node("task " + call_task(task), label({call_task(task)}) + ", shape=box");
      if (!acts.empty()) arrow(helper, acts.front(), "style=dotted, label=\"could end the wait\"");
    }
    if (nodes_.empty()) node("nothing", label({"no task is known"}) + ", shape=plaintext");
  }

  std::ostream& out_;
  std::string prefix_;
  std::map<std::string, std::string> nodes_;
};

}  // namespace

void write_dot(const Report& report, const RenderOptions&, std::ostream& out) {
  out << "digraph tenter {\n  rankdir=TB;\n  node [fontname=\"sans-serif\", fontsize=11];\n"
         "  edge [fontname=\"sans-serif\", fontsize=10];\n";
  DotWriter writer(out);
  for (std::size_t i = 0; i < report.findings.size() && i < max_findings; ++i) writer.finding(report.findings[i], i);
  if (report.findings.size() > max_findings)
    out << "  more [shape=plaintext, " << label({counted(report.findings.size() - max_findings, "more finding")})
        << "];\n";
  out << "}\n";
}

}  // namespace tenter::analysis
