// The events of a timeline, which of them matter, and which arrows there are among those that are shown.

// Timelines come as rows of numbers, because there may be hundreds of thousands of events; a text is told by its place in
// `strings`. html_report.cc writes the same fields in the same order.
const eventFields = 9;   // task, position, op, does, file, line, column, function, side + 1
const arrowFields = 3;   // from, to, kind

function eventsOf(numbers, strings) {
  const events = new Array(numbers.length / eventFields);
  for (let i = 0, at = 0; i < events.length; ++i, at += eventFields) {
    const side = numbers[at + 8];
    events[i] = {
      task: numbers[at], position: numbers[at + 1], op: strings[numbers[at + 2]], does: strings[numbers[at + 3]],
      file: strings[numbers[at + 4]], line: numbers[at + 5], column: numbers[at + 6], function: strings[numbers[at + 7]],
      side: side > 0 ? side - 1 : undefined,
    };
  }
  return events;
}

function arrowsOf(numbers, strings) {
  const arrows = new Array(numbers.length / arrowFields);
  for (let i = 0, at = 0; i < arrows.length; ++i, at += arrowFields)
    arrows[i] = { from: numbers[at], to: numbers[at + 1], kind: strings[numbers[at + 2]] };
  return arrows;
}

// Unpacked once somebody looks at it.
export function unpacked({ lanes, events: eventNumbers, arrows: arrowNumbers, left_out, ordered }, strings) {
  let events, arrows;
  return {
    lanes, left_out, ordered,
    get events() { return (events ??= eventsOf(eventNumbers, strings)); },
    get arrows() { return (arrows ??= arrowsOf(arrowNumbers, strings)); },
  };
}

// What a reader needs at first: the marked events, both ends of every arrow, and the locks around the marks.
function matters(timeline) {
  const wanted = new Set();
  timeline.events.forEach((event, i) => {
    if (event.side !== undefined || event.op === 'lock' || event.op === 'unlock' || event.op === 'wait') wanted.add(i);
  });
  for (const arrow of timeline.arrows) {
    wanted.add(arrow.from);
    wanted.add(arrow.to);
  }
  return wanted;
}

// [{ event, index }], in the order of the recording.
export function rowsOf(timeline, everything) {
  const all = timeline.events.map((event, index) => ({ event, index }));
  if (everything) return all;
  const wanted = matters(timeline);
  return all.filter((row) => wanted.has(row.index));
}

// The arrows with both ends shown, by row.
export function arrowsAmong(timeline, rows) {
  const rowOf = new Map(rows.map((row, i) => [row.index, i]));
  return timeline.arrows
    .filter((arrow) => rowOf.has(arrow.from) && rowOf.has(arrow.to))
    .map((arrow) => ({ from: rowOf.get(arrow.from), to: rowOf.get(arrow.to), kind: arrow.kind }));
}
