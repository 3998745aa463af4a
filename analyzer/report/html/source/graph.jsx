// Who waits for what, and who has it: tasks as rounded boxes, what they wait for as square ones. Laid out by dagre.
import dagre from '@dagrejs/dagre';
import { useId, useMemo } from 'preact/hooks';
import { place, frameToShow, taskName, upper, visible, whatFor, Words } from './words.jsx';

const mostTasks = 24;
const glyphWidth = 7.3;   // of the monospaced 12 px font, rounded up
const longest = 34;

const cut = (text) => (text.length > longest ? `${text.slice(0, longest - 1)}…` : text);

// "send to channel `c`" is a way to wait for channel `c`.
function splitWants(wants) {
  const verb = /^(send to|receive from) (.*)$/s.exec(wants);
  if (verb) return { verb: verb[1], what: verb[2] };
  return { verb: wants.startsWith('select') ? 'waits in' : 'waits for', what: wants };
}

// { nodes: Map(key, {label, task}), edges: [{from, to, label, tone}] }; one edge between two nodes for each label.
export function waitGraph(finding) {
  const nodes = new Map();
  const edges = new Map();
  const taskNode = (task) => {
    const key = `task ${task.id}`;
    if (!nodes.has(key)) nodes.set(key, { label: upper(taskName(task)), task: true });
    return key;
  };
  const thing = (what) => {
    const key = `thing ${what}`;
    if (!nodes.has(key)) nodes.set(key, { label: what, task: false });
    return key;
  };
  const edge = (from, to, label, tone) => edges.set(`${from}\n${to}\n${label}`, { from, to, label, tone });

  const waits = finding.cycle?.length ? finding.cycle : finding.blocked_on ? [finding.blocked_on] : [];
  const ends = new Map(waits.map((wait) => [`${taskName(wait.task)} to end`, wait.task]));
  for (const wait of waits.slice(0, mostTasks)) {
    const self = taskNode(wait.task);
    const { verb, what } = splitWants(wait.wants);
    if (ends.has(wait.wants)) edge(self, taskNode(ends.get(wait.wants)), 'waits for its end', 'waits');
    else edge(self, thing(what), verb, 'waits');
    if (wait.holds) edge(thing(wait.holds), self, 'held by', 'held');
  }
  if (finding.blocked_on)
    for (const task of (finding.could_be_unblocked_by ?? []).slice(0, mostTasks))
      edge(thing(splitWants(finding.blocked_on.wants).what), taskNode(task), 'could be ended by', 'could');
  return { nodes, edges: [...edges.values()] };
}

function layOut({ nodes, edges }) {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'LR', nodesep: 28, ranksep: 46, marginx: 12, marginy: 12 });
  for (const [key, node] of nodes) {
    const label = visible(node.label).replaceAll('`', '');
    graph.setNode(key, { ...node, full: label, label: cut(label), width: cut(label).length * glyphWidth + 24, height: 34 });
  }
  edges.forEach((edge, i) =>
    graph.setEdge(edge.from, edge.to, { ...edge, width: edge.label.length * 6.4 + 10, height: 18, labelpos: 'c' }, String(i)));
  dagre.layout(graph);
  return {
    nodes: graph.nodes().map((key) => graph.node(key)),
    edges: graph.edges().map((edge) => graph.edge(edge)),
    width: graph.graph().width, height: graph.graph().height,
  };
}

const round = (x) => Math.round(x * 10) / 10;
// Through the middle of the bends, so that a line has no corners.
function path(points) {
  const at = ({ x, y }) => `${round(x)} ${round(y)}`;
  let d = `M${at(points[0])}`;
  for (let i = 1; i + 1 < points.length; ++i) {
    const middle = { x: (points[i].x + points[i + 1].x) / 2, y: (points[i].y + points[i + 1].y) / 2 };
    d += i + 2 < points.length ? `Q${at(points[i])} ${at(middle)}` : `Q${at(points[i])} ${at(points[i + 1])}`;
  }
  return points.length === 2 ? `${d}L${at(points[1])}` : d;
}

// ", since step 1,234 of the run's 5,678": how long ago it was that a wait began, in the only clock that a recording has.
function sinceWords(wait, steps) {
  if (!wait.since_step) return '';
  return `, since step ${wait.since_step.toLocaleString('en')} of the run${steps ? `'s ${steps.toLocaleString('en')}` : ''}`;
}

// The picture in words: one line for each arrow.
function InWords({ finding, steps }) {
  const waits = finding.cycle?.length ? finding.cycle : [finding.blocked_on];
  const may = finding.certainty === 'predicted' ? 'may wait' : 'waits';
  return (
    <ol class="in-words">
      {waits.map((wait) => (
        <li>
          <Words text={`${upper(taskName(wait.task))} ${may} ${whatFor(wait.wants)}`} />
          {wait.stack.length > 0 && <> at <span class="place">{visible(place(frameToShow(wait.stack)))}</span></>}
          {sinceWords(wait, steps)}
          {wait.holds && <>, and holds <Words text={wait.holds} /> since <span class="place">{visible(place(frameToShow(wait.held_at ?? []) ?? {}))}</span></>}
          {'.'}
        </li>
      ))}
      {(finding.could_be_unblocked_by ?? []).map((task) => <li><Words text={`${upper(taskName(task))} could end the wait.`} /></li>)}
    </ol>
  );
}

export function WaitGraph({ finding, steps }) {
  const id = useId();
  const drawn = useMemo(() => layOut(waitGraph(finding)), [finding]);
  const possible = finding.certainty === 'predicted';
  const title = finding.kind === 'task-leak' ? 'Who could have ended the wait'
    : possible ? 'Who could wait for whom' : 'Who waits for whom';
  return (
    <section class="graph">
      <h3>{title}</h3>
      <figure>
        <div class="scroll" tabIndex={0} role="group" aria-label={title}>
          <svg role="img" aria-labelledby={`${id}-t`} width={drawn.width} height={drawn.height}
            viewBox={`0 0 ${round(drawn.width)} ${round(drawn.height)}`}>
            <title id={`${id}-t`}>{title}. The list below says the same in words.</title>
            <defs>
              {['waits', 'held', 'could'].map((tone) => (
                <marker key={tone} id={`${id}-${tone}`} class={`tip ${tone}`} viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8"
                  markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" /></marker>))}
            </defs>
            {drawn.edges.map((edge) => (
              <g class={`edge ${edge.tone}`}>
                <path d={path(edge.points)} marker-end={`url(#${id}-${edge.tone})`} />
                <rect x={round(edge.x - edge.width / 2)} y={round(edge.y - 7)} width={round(edge.width)} height={14} />
                <text x={round(edge.x)} y={round(edge.y) + 3.5}>{edge.label}</text>
              </g>
            ))}
            {drawn.nodes.map((node) => (
              <g class={node.task ? 'node task' : 'node thing'}>
                <title>{node.full}</title>
                <rect x={round(node.x - node.width / 2)} y={round(node.y - node.height / 2)} width={round(node.width)}
                  height={node.height} rx={node.task ? 17 : 3} />
                <text x={round(node.x)} y={round(node.y) + 4}>{node.label}</text>
              </g>
            ))}
          </svg>
        </div>
        <figcaption><InWords finding={finding} steps={steps} /></figcaption>
      </figure>
    </section>
  );
}
