// Who holds which locks, and what both hold: for a race that is nothing, or it would be none.
import { upper, taskName, visible, Words } from './words.jsx';

const keyOf = (lock) => lock.id || lock.name;

function Held({ title, locks, nothing, both }) {
  return (
    <div class={both ? 'both' : ''}>
      <h4><Words text={title} /></h4>
      {locks.length === 0
        ? <p class="none">{nothing}</p>
        : <ul>{locks.map((lock) => <li><code>{visible(lock.name)}</code></li>)}</ul>}
    </div>
  );
}

export function Locks({ sides }) {
  const [left, right] = sides;
  const common = left.locks.filter((lock) => right.locks.some((other) => keyOf(other) === keyOf(lock)));
  const only = (side) => side.locks.filter((lock) => !common.some((other) => keyOf(other) === keyOf(lock)));
  const alone = common.length ? 'no other lock' : 'no lock';
  return (
    <section class="locks">
      <h3>Locks held</h3>
      <div class="sets">
        <Held title={`${upper(taskName(left.task))} only`} locks={only(left)} nothing={alone} />
        <Held title="Both" locks={common} nothing="∅ no lock at all" both />
        <Held title={`${upper(taskName(right.task))} only`} locks={only(right)} nothing={alone} />
      </div>
    </section>
  );
}
