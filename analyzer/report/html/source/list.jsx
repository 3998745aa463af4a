// The findings to choose from: one line for the kind, one for where.
import { useState } from 'preact/hooks';
import { place, plural, visible, Words } from './words.jsx';

const page = 300;   // entries drawn at a time; more are a button away

// Everything of a finding that a person may remember it by.
function textOf(finding) {
  const parts = [finding.kind, finding.message, finding.fingerprint, finding.object?.name];
  for (const location of finding.locations) parts.push(location.file, location.function);
  for (const side of finding.sides) parts.push(side.task.name);
  return parts.join('\n').toLowerCase();
}

export function matches(finding, filter) {
  if (filter.kind && finding.kind !== filter.kind) return false;
  if (filter.severity && finding.severity !== filter.severity) return false;
  if (!filter.text) return true;
  const text = textOf(finding);
  return filter.text.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

function Choice({ label, all, value, values, onChange }) {
  return (
    <select aria-label={label} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
      <option value="">{all}</option>
      {values.map((one) => <option value={one}>{one}</option>)}
    </select>
  );
}

export function FindingList({ findings, shown, chosen, choose, filter, setFilter, search }) {
  const [most, setMost] = useState(page);
  const kinds = [...new Set(findings.map((finding) => finding.kind))];
  const severities = [...new Set(findings.map((finding) => finding.severity))];
  // What is chosen by keyboard or address is always on the list.
  const until = Math.max(most, shown.indexOf(chosen) + 1);
  return (
    <nav aria-label="Findings">
      <div class="filter">
        <input type="search" ref={search} placeholder="Filter ( / )" aria-label="Filter the findings by words"
          value={filter.text} onInput={(event) => setFilter({ ...filter, text: event.currentTarget.value })} />
        {kinds.length > 1 && <Choice label="Kind" all="all kinds" value={filter.kind} values={kinds}
          onChange={(kind) => setFilter({ ...filter, kind })} />}
        {severities.length > 1 && <Choice label="Severity" all="all severities" value={filter.severity} values={severities}
          onChange={(severity) => setFilter({ ...filter, severity })} />}
        <p class="faint" aria-live="polite">
          {shown.length === findings.length ? plural(findings.length, 'finding') : `${shown.length} of ${plural(findings.length, 'finding')}`}
          <span class="keys"> · <kbd>j</kbd> next, <kbd>k</kbd> previous</span>
        </p>
      </div>
      <ol>
        {shown.slice(0, until).map((finding) => (
          <li key={finding.fingerprint}>
            <button type="button" class={`entry ${finding.severity}`} aria-current={finding === chosen ? 'true' : undefined}
              onClick={() => choose(finding)}>
              <span class="kind">{finding.kind}{finding.certainty === 'predicted' && ' (predicted)'}</span>
              <span class="message"><Words text={finding.message} /></span>
              <span class="faint">{visible(place(finding.locations[0] ?? {}))}</span>
            </button>
          </li>
        ))}
      </ol>
      {shown.length > until && (
        <button type="button" class="quiet more" onClick={() => setMost(until + page)}>
          Show {Math.min(page, shown.length - until)} more
        </button>
      )}
    </nav>
  );
}
