// Timelines looks at a run once more, when it is known what was found, and keeps what happened around each finding: the
// synchronization of the tasks involved, and which of it happens before which. It decides nothing; what it keeps is for
// people to look at.
//
//   Timelines timelines(world, requests);     // `world` as it was after the whole run
//   HappensBefore order;
//   for each step of the run: order.observe(step); timelines.observe(step, order);
//   for (const std::optional<Timeline>& timeline : timelines.finish()) ...
//
// Memory is bounded: a few events for each task that a request names, and a fixed number of requests; the rest get nothing.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "happens_before/happens_before.h"
#include "order/world.h"

namespace tenter::analysis {

// A step of the run that the timeline is about: this task, this place, touching one of these bytes.
struct TimelineMark {
  TaskId task = no_task;
  Site where;
  std::uint64_t address = 0, size = 1;
  bool acquires_lock = false;  // else an access to memory, or its end
};

struct TimelineRequest {
  std::vector<TimelineMark> marks;  // the first steps at which all of them were seen; none: the end of the run
  bool unordered = false;           // of two marks: only steps that nothing orders
  std::vector<TaskId> tasks;        // shown besides those of the marks; at the end of the run their waits are marked
};

struct TimelineStep {
  std::uint64_t position = 0;  // in the sequence of the run's steps
  TaskId task = no_task;
  trace::Op op{};
  std::uint8_t flags = 0;
  std::uint64_t object = 0;
  Site where;
  std::optional<Waiting> waiting;  // it waits for this, and op means nothing
  bool marked = false;
};

// steps[from] happens before steps[to], which is another task's, and learned it there.
struct TimelineArrow {
  std::size_t from = 0, to = 0;
};

// One task wrote an atomic, and another read it later.
struct Handover {
  TimelineStep write, read;
  bool releases = false, acquires = false;  // by itself, or with a fence between the mark and it
};

struct Timeline {
  std::vector<TaskId> lanes;
  std::vector<TimelineStep> steps;  // by position
  std::vector<TimelineArrow> arrows;
  std::uint64_t left_out = 0;  // earlier synchronization of these tasks
  bool ordered = false;        // one mark happens before the other in this run
  // Of two marks that nothing orders: written after the one, read before the other.
  std::optional<Handover> handover;
};

class Timelines {
 public:
  static constexpr std::size_t max_timelines = 200;
  static constexpr std::size_t max_lanes = 8;
  static constexpr std::size_t kept_steps = 12;          // of each task, the latest ones
  static constexpr std::size_t kept_with_mark = 8;       // of the task of a mark, up to it
  static constexpr int kept_after = 3;                   // of each task, after the last mark ...
  static constexpr std::uint64_t steps_after = 100'000;  // ... within so many steps of the run
  static constexpr std::size_t kept_written = 16;        // atomics after a mark

  // `world` must outlive the object. One thread at a time.
  Timelines(const World& world, std::vector<TimelineRequest> requests);

  // After `order` has seen the step.
  void observe(const Step& step, const HappensBefore& order) {
    const std::uint64_t position = position_++;
    if (index(step.task) < interest_.size() && interest_[index(step.task)] != none) look_at(step, order, position);
  }

  // Nothing more will be kept, so the rest of the run need not be looked at.
  bool complete() const { return unfinished_ == 0 && position_ > finished_at_ + steps_after; }

  // One for each request, in their order; nothing where its marks were not found. Call once, after the last step.
  std::vector<std::optional<Timeline>> finish();

 private:
  // A step with what its task knew after it.
  struct Moment {
    TimelineStep step;
    std::uint32_t count = 0;  // of the epoch in which it was
    VectorClock clock;
  };
  struct Lane {
    std::deque<Moment> latest;
    std::uint64_t total = 0;
    std::optional<Moment> created;  // by its creator
    std::optional<Moment> first;
    std::optional<TimelineStep> waits;
    std::vector<std::size_t> open;                                  // found timelines that want its next steps
    std::vector<std::pair<std::size_t, std::size_t>> marks_before;  // scenes and marks since its last synchronization
  };
  struct Sighting {
    bool seen = false;
    // Its task since then:
    bool fenced = false;               // had a fence that releases
    std::vector<Handover> written;     // wrote these atomics, each once
    std::optional<Handover> handover;  // was read by the other mark's task; the last time
    Moment moment;
    std::vector<Moment> before;
    std::optional<Moment> after;     // what its task did next
    std::uint64_t total_before = 0;  // of its lane, when `before` was kept
  };
  struct Scene {
    TimelineRequest request;
    std::vector<TaskId> lanes;
    std::vector<Sighting> sightings;  // one a mark
    bool found = false, ordered = false;
    std::optional<Handover> handover;
    std::vector<Moment> moments;                    // once found
    std::unordered_map<std::uint32_t, int> wanted;  // by task: how many later steps
    std::uint64_t left_out = 0;
  };
  static constexpr std::uint8_t none = 0, lane = 1, marked = 2;

  void look_at(const Step& step, const HappensBefore& order, std::uint64_t position);
  void synchronize(const Step& step, const HappensBefore& order, std::uint64_t position);
  void sight(const Step& step, const HappensBefore& order, std::uint64_t position);
  void hand_over(const Step& step, std::uint64_t position);
  void found(std::size_t scene);
  void take_lanes(Scene& scene);
  Timeline drawn(Scene& scene) const;

  std::uint64_t position_ = 0, finished_at_ = 0;
  std::size_t unfinished_ = 0;          // requests that were not found, or are about the end
  std::vector<std::uint8_t> interest_;  // by task
  std::unordered_map<std::uint32_t, Lane> lanes_;
  std::unordered_map<std::uint32_t, std::vector<std::pair<std::size_t, std::size_t>>> marks_;  // by task: scene, mark
  std::vector<Scene> scenes_;
};

}  // namespace tenter::analysis
