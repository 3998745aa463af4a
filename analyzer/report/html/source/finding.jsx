// One finding, as a person reads it: what, why, the two places, the order around them, and what to do.
import { Created, Excerpt, Stack } from './stack.jsx';
import { WaitGraph } from './graph.jsx';
import { Locks } from './locks.jsx';
import { Next } from './next.jsx';
import { Timeline } from './timeline.jsx';
import { frameToShow, place, plural, taskName, upper, visible, whatFor, Words } from './words.jsx';

const isRace = (finding) => finding.kind === 'data-race' || finding.kind === 'use-after-free-race';

const certainties = {
  observed: 'It happened in the recorded run.',
  predicted: 'Another schedule of the recorded run shows it.',
  confirmed: 'A replayed schedule showed it.',
};

// Of the wait that a side stands for: those of a cycle are its sides, and the first of a leak is who was left behind.
function waitOf(finding, i) {
  const wait = finding.cycle?.length ? finding.cycle[i] : i === 0 ? finding.blocked_on : undefined;
  return wait && finding.certainty !== 'predicted' && wait.task.id === finding.sides[i].task.id ? wait : undefined;
}

// "Write of 8 bytes by thread 3", "Thread 3 waits for mutex `m`"
function sideTitle(side, wait) {
  if (wait) return `${upper(taskName(side.task))} waits ${whatFor(wait.wants)}`;
  if (side.role === 'drop') return `Last handle given up by ${taskName(side.task)}`;
  const size = side.size ? ` of ${plural(side.size, 'byte')}` : '';
  return `${upper(side.role.replace('-', ' '))}${size} by ${taskName(side.task)}`;
}

function Side({ side, wait, sources, printing, red }) {
  const title = sideTitle(side, wait);
  return (
    <section class={red ? 'side red' : 'side'}>
      <h3><Words text={title} /></h3>
      <Excerpt sources={sources} at={frameToShow(side.stack)} marked={red ? 'red' : ''} />
      <Stack stack={side.stack} sources={sources} printing={printing} label={`Stack: ${visible(title)}`} />
      {!red && side.locks.length > 0 &&
        <p>Holds {side.locks.map((lock, i) => <>{i > 0 && ', '}<code>{visible(lock.name)}</code></>)}.</p>}
      <Created at={side.task.created_at} sources={sources} printing={printing}>
        <Words text={`${upper(taskName(side.task))} was created at`} />
      </Created>
    </section>
  );
}

function HeldAt({ finding, sources, printing }) {
  const holders = (finding.cycle ?? []).filter((wait) => wait.holds && wait.held_at?.length);
  if (holders.length === 0) return null;
  return (
    <section>
      <h3>Where the locks were taken</h3>
      {holders.map((wait) => (
        <Created at={wait.held_at} sources={sources} printing={printing}>
          <Words text={`${upper(taskName(wait.task))} holds ${wait.holds} since`} />
        </Created>
      ))}
    </section>
  );
}

function Subject({ object, sources, printing }) {
  if (!object) return null;
  return (
    <section class="object">
      <h3>What it is about</h3>
      <p>
        {visible(object.kind)}{object.name && <> <code>{visible(object.name)}</code></>}
        {object.size > 0 && `, ${plural(object.size, 'byte')}`}
        {object.address && <span class="faint"> at {visible(object.address)}</span>}
      </p>
      <Created at={object.created_at} sources={sources} printing={printing}>
        {object.kind === 'heap' ? 'Allocated at' : object.kind === 'channel' ? 'Made at' : 'First used at'}
      </Created>
    </section>
  );
}

// Of the run that the finding is of; unknown where it may have been another one.
const stepsOf = (report, finding) => (report.recordings.length === 1 && finding.recordings?.length === 1 ? report.recordings[0].events : 0);

function Witness({ witness }) {
  if (!witness) return null;
  const earlier = witness.earlier_turns > 0 && `${plural(witness.earlier_turns, 'earlier turn')}, then `;
  return (
    <section class="witness">
      <h3>A schedule that shows it</h3>
      <p>{upper(`${earlier || ''}${plural(witness.schedule.length, 'turn')}, ${plural(witness.steps, 'step')} in all; found by ${witness.analysis} and checked.`)}</p>
      <ol>
        {witness.schedule.map((turn) => (
          <li>
            <Words text={`${turn.name} goes on${turn.does ? `, as far as: ${turn.does}` : ''}`} />
            {' '}<span class="place">{visible(place(turn))}</span> <span class="faint">({plural(turn.steps, 'step')})</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

export function Finding({ finding, report, sources, printing }) {
  const primary = finding.locations[0];
  const race = isRace(finding);
  const times = finding.count > 1 ? `seen ${plural(finding.count, 'time')}` : '';
  const runs = finding.seen?.length > 1 ? `in ${plural(finding.seen.length, 'recording')}` : '';
  return (
    <article class={`finding ${finding.severity}`} aria-label={visible(finding.message)}>
      <header>
        <p class="facts">
          <span class={`chip ${finding.severity}`}>{finding.severity}</span>
          <span class="kind">{finding.kind}</span>
          {finding.reason && <span>{finding.reason} ({finding.proof})</span>}
          <span title={certainties[finding.certainty]}>{finding.certainty}</span>
          {finding.found_by?.length > 0 && <span>found by {finding.found_by.join(', ')}</span>}
          {(times || runs) && <span>{[times, runs].filter(Boolean).join(' ')}</span>}
        </p>
        <h2><Words text={upper(finding.message)} /></h2>
        {primary?.file && <p class="place">{visible(primary.file)}{primary.line > 0 && `:${primary.line}:${primary.column}`}</p>}
      </header>
      <section class="why">
        <h3>Why</h3>
        <p><Words text={finding.explanation} /></p>
      </section>
      <div class={finding.sides.length > 1 ? 'sides' : 'sides single'}>
        {finding.sides.map((side, i) => <Side side={side} wait={waitOf(finding, i)} sources={sources} printing={printing} red={race} />)}
      </div>
      {race && finding.sides.length === 2 && <Locks sides={finding.sides} />}
      {(finding.cycle?.length > 0 || finding.blocked_on) && <WaitGraph finding={finding} steps={stepsOf(report, finding)} />}
      <HeldAt finding={finding} sources={sources} printing={printing} />
      {finding.timeline?.lanes.length > 0 && finding.timeline.events.length > 0 && <Timeline timeline={finding.timeline} race={race} printing={printing} />}
      <Witness witness={finding.witness} />
      <Subject object={finding.object} sources={sources} printing={printing} />
      <Next finding={finding} report={report} />
      <p class="faint fingerprint">fingerprint <code>{finding.fingerprint}</code></p>
    </article>
  );
}
