// The space-time diagram: a lane for each task, time downwards, an arrow wherever one event happens before another of
// another task. Only rows that can be seen are drawn, so its size does not matter.
import { useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { arrowsAmong, rowsOf } from './events.js';
import { place, plural, taskName, upper, visible, Words } from './words.jsx';

const mostPrinted = 400;
const mostInTable = 1000;
const zooms = [0.25, 0.4, 0.6, 0.8, 1, 1.25, 1.6];
const usual = zooms.indexOf(1);

const arrowKinds = ['create', 'join', 'lock', 'channel', 'atomic', 'condition', 'other'];

const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
const plain = (text) => visible(text).replaceAll('`', '');

// Bent to the right where both ends are in neighbouring lanes, so that arrows do not run through labels.
function curve(from, to) {
  const middle = (from.y + to.y) / 2;
  return `M${from.x} ${from.y}C${from.x} ${middle} ${to.x} ${middle} ${to.x} ${to.y}`;
}

function Drawing({ timeline, rows, arrows, first, last, zoom, width, race, id }) {
  const rowHeight = 38 * zoom, laneWidth = width / timeline.lanes.length;
  const lane = new Map(timeline.lanes.map((task, i) => [task.id, i]));
  const x = (event) => 18 + (lane.get(event.task) ?? 0) * laneWidth;
  const y = (row) => (row - first + 0.5) * rowHeight;
  const at = (row) => ({ x: x(rows[row].event), y: y(row) });
  const height = (last - first) * rowHeight;
  const marks = [];
  rows.forEach((row, i) => { if (row.event.side !== undefined) marks.push(i); });
  const letters = Math.max(4, Math.floor((laneWidth - 34) / 7.3));
  return (
    <svg role="img" aria-labelledby={`${id}-t`} width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
      <title id={`${id}-t`}>Space-time diagram. The table below says the same in words.</title>
      <defs>
        {arrowKinds.map((kind) => (
          <marker key={kind} id={`${id}-${kind}`} class={`tip ${kind}`} viewBox="0 0 8 8" refX="11" refY="4" markerWidth="7"
            markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" /></marker>))}
      </defs>
      {timeline.lanes.map((task, i) => (
        <line key={task.id} class="lane" x1={18 + i * laneWidth} x2={18 + i * laneWidth} y1={0} y2={height} />
      ))}
      {race && marks.length === 2 && !timeline.ordered &&
        <line class="unordered" x1={at(marks[0]).x} y1={at(marks[0]).y} x2={at(marks[1]).x} y2={at(marks[1]).y} />}
      {arrows.filter((arrow) => arrow.to >= first && arrow.from < last).map((arrow) => (
        <path class={`arrow ${arrow.kind}`} d={curve(at(arrow.from), at(arrow.to))} marker-end={`url(#${id}-${arrow.kind})`} />
      ))}
      {rows.slice(first, last).map(({ event }, i) => {
        const row = first + i, marked = event.side !== undefined;
        const does = plain(event.does), where = visible(place(event));
        return (
          <g key={row} class={marked ? `event ${race ? 'red' : 'marked'}` : 'event'}>
            <title>{`${does} ${where}\n${visible(event.function)}`}</title>
            <circle cx={x(event)} cy={y(row)} r={(marked ? 6 : 4) * Math.min(1, zoom + 0.2)} />
            {zoom >= 0.6 && <text x={x(event) + 12} y={y(row) + (zoom >= 0.8 ? -1 : 4)}>{cut(does, letters)}</text>}
            {zoom >= 0.8 && <text class="at" x={x(event) + 12} y={y(row) + 12}>{cut(where, letters)}</text>}
          </g>
        );
      })}
    </svg>
  );
}

function Table({ timeline, rows, arrows }) {
  const names = new Map(timeline.lanes.map((task) => [task.id, upper(taskName(task))]));
  const before = new Map();
  for (const arrow of arrows) before.set(arrow.to, [...(before.get(arrow.to) ?? []), arrow]);
  return (
    <table>
      <thead><tr><th>No.</th><th>Who</th><th>Does</th><th>Where</th><th>Comes after</th></tr></thead>
      <tbody>
        {rows.slice(0, mostInTable).map(({ event }, i) => (
          <tr class={event.side !== undefined ? 'red' : ''}>
            <td>{i + 1}</td>
            <td><Words text={names.get(event.task) ?? `task ${event.task}`} /></td>
            <td><Words text={event.does} /></td>
            <td class="place">{visible(place(event))}</td>
            <td>{(before.get(i) ?? []).map((arrow) => `${arrow.from + 1} (${arrow.kind})`).join(', ')}</td>
          </tr>
        ))}
        {rows.length > mostInTable && <tr><td colSpan={5}>… and {plural(rows.length - mostInTable, 'more event')}</td></tr>}
      </tbody>
    </table>
  );
}

// Where the reader begins: the marked events in sight.
function firstScroll(rows, rowHeight) {
  const mark = rows.findIndex((row) => row.event.side !== undefined);
  return Math.max(0, (mark - 6) * rowHeight);
}

export function Timeline({ timeline, race, printing }) {
  const id = useId();
  const [everything, setEverything] = useState(false);
  const [level, setLevel] = useState(usual);
  const [tableOpen, setTableOpen] = useState(false);
  const [view, setView] = useState({ top: 0, height: 560, width: 900 });
  const box = useRef(null);
  const rows = useMemo(() => rowsOf(timeline, everything), [timeline, everything]);
  const arrows = useMemo(() => arrowsAmong(timeline, rows), [timeline, rows]);
  const zoom = printing ? 0.8 : zooms[level];
  const rowHeight = 38 * zoom;

  // Events that were under way when the picture went still come.
  const look = () => {
    if (!box.current) return;
    const { scrollTop, clientHeight, clientWidth } = box.current;
    setView({ top: scrollTop, height: clientHeight, width: clientWidth });
  };
  // Before anybody sees it: otherwise the picture would jump from its start to the marked events.
  useLayoutEffect(() => {
    if (printing || !box.current) return undefined;
    box.current.scrollTop = firstScroll(rows, rowHeight);
    look();
    const resized = new ResizeObserver(look);
    resized.observe(box.current);
    return () => resized.disconnect();
  }, [rows, printing]);

  // What was in the middle stays there.
  const zoomTo = (next) => {
    if (!box.current) return;
    const bounded = Math.min(zooms.length - 1, Math.max(0, next));
    const middle = (box.current.scrollTop + box.current.clientHeight / 2) / zooms[level];
    setLevel(bounded);
    requestAnimationFrame(() => {
      if (box.current) box.current.scrollTop = middle * zooms[bounded] - box.current.clientHeight / 2;
    });
  };
  const onKey = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === '+' || event.key === '=') zoomTo(level + 1);
    else if (event.key === '-') zoomTo(level - 1);
    else if (event.key === '0') zoomTo(usual);
    else return;
    event.preventDefault();
  };
  const onWheel = (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoomTo(level + (event.deltaY < 0 ? 1 : -1));
  };

  const first = printing ? 0 : Math.max(0, Math.floor(view.top / rowHeight) - 4);
  const last = Math.min(rows.length, printing ? mostPrinted : Math.ceil((view.top + view.height) / rowHeight) + 4);
  const laneWidth = 190;
  const width = printing ? 680 : Math.max(view.width, timeline.lanes.length * laneWidth);
  const kinds = arrowKinds.filter((kind) => arrows.some((arrow) => arrow.kind === kind));
  const hiddenRows = timeline.events.length - rows.length;
  return (
    <section class="timeline">
      <h3>Order of events</h3>
      <p>
        Time runs downwards; an arrow means <em>happens before</em>.
        {race && !timeline.ordered && ' No path of arrows leads from one red access to the other.'}
        {race && timeline.ordered && ' In this run arrows lead from one red access to the other; another schedule lacks them.'}
      </p>
      <div class="controls">
        <label><input type="checkbox" checked={everything} onChange={(event) => setEverything(event.currentTarget.checked)} />
          {' '}Everything recorded here{!everything && hiddenRows > 0 && ` (${plural(hiddenRows, 'more event')})`}</label>
        <span>
          <button type="button" aria-label="Zoom out" onClick={() => zoomTo(level - 1)}>−</button>
          <button type="button" aria-label="Usual size" onClick={() => zoomTo(usual)}>{Math.round(zoom * 100)} %</button>
          <button type="button" aria-label="Zoom in" onClick={() => zoomTo(level + 1)}>+</button>
        </span>
      </div>
      <figure>
        <div class="space-time" ref={box} style={printing ? {} : { height: `${Math.min(rows.length * rowHeight + 36, 560)}px` }} tabIndex={0} role="group" onScroll={look} onKeyDown={onKey} onWheel={onWheel}
          aria-label="Space-time diagram: scroll with the arrow keys, zoom with plus and minus">
          <div class="names" style={{ width: `${width}px` }}>
            {timeline.lanes.map((task) => (
              <div style={{ width: `${width / timeline.lanes.length}px` }}><Words text={upper(taskName(task))} /></div>))}
          </div>
          <div class="canvas" style={{ height: `${(printing ? last : rows.length) * rowHeight}px`, width: `${width}px` }}>
            <div class="window" style={{ top: `${first * rowHeight}px` }}>
              <Drawing timeline={timeline} rows={rows} arrows={arrows} first={first} last={last} zoom={zoom} width={width}
                race={race} id={id} />
            </div>
          </div>
        </div>
        <figcaption>
          <ul class="legend">
            {race && <li><span class="swatch access" /> the two accesses</li>}
            {kinds.map((kind) => <li><span class={`swatch ${kind}`} /> {kind}</li>)}
          </ul>
          {timeline.left_out > 0 && <p class="faint">{plural(timeline.left_out, 'event')} of these tasks, further away, not kept.</p>}
          <details open={printing} onToggle={(event) => setTableOpen(event.currentTarget.open)}>
            <summary>The same as a table</summary>
            {(tableOpen || printing) && <Table timeline={timeline} rows={rows} arrows={arrows} />}
          </details>
        </figcaption>
      </figure>
    </section>
  );
}
