// What the report comes to, and how much its silence is worth.
import { plural, upper, visible, Words, fileName } from './words.jsx';

const count = (findings, severity) => findings.filter((finding) => finding.severity === severity).length;

// { tone, words }: the one line that everybody reads.
export function verdictOf(report) {
  const errors = count(report.findings, 'error');
  const warnings = count(report.findings, 'warning');
  const notes = count(report.findings, 'note');
  const parts = [];
  if (errors) parts.push(plural(errors, 'error'));
  if (warnings) parts.push(plural(warnings, 'warning'));
  if (notes) parts.push(plural(notes, 'note'));
  if (errors || warnings) return { tone: errors ? 'bad' : 'warned', words: parts.join(', ') };
  const nothing = notes ? `Nothing but ${plural(notes, 'note')}` : 'Nothing found';
  if (report.recordings.length === 0) return { tone: 'open', words: `${nothing}, in no recording at all` };
  if (report.recordings.some((recording) => recording.conclusive === false))
    return { tone: 'open', words: `${nothing}, but that proves nothing` };
  return { tone: 'good', words: nothing };
}

function completeness(recordings) {
  const parts = recordings.filter((recording) => !recording.complete).length;
  if (recordings.length === 0) return 'The report is of no recording.';
  const all = recordings.length === 1 ? 'The recording' : `All ${recordings.length} recordings`;
  if (parts === 0) return `${all} ${recordings.length === 1 ? 'is' : 'are'} complete: nothing was lost.`;
  if (recordings.length === 1) return 'The recording is incomplete.';
  return `${parts} of ${recordings.length} recordings ${parts === 1 ? 'is' : 'are'} incomplete.`;
}

function Recording({ recording }) {
  const facts = [
    recording.end, plural(recording.events, 'event'),
    recording.accesses !== undefined && plural(recording.accesses, 'access', 'accesses'),
    plural(recording.threads, 'thread'), plural(recording.tasks, 'task'),
    recording.lost_events > 0 && `${plural(recording.lost_events, 'event')} lost`,
    recording.suppressed > 0 && `${plural(recording.suppressed, 'finding')} suppressed`,
    recording.shards && `only part ${recording.shards.join(', ')} of the memory`,
  ].filter(Boolean);
  const modules = recording.instrumented_modules ?? [];
  return (
    <li>
      <p>
        <strong>{visible(fileName(recording.program) || recording.path)}</strong>
        <span class={recording.complete ? 'tag' : 'tag warned'}>{recording.complete ? 'complete' : 'incomplete'}</span>
        <span class="faint">{visible(recording.path)}</span>
      </p>
      <p>{visible(facts.join(' · '))}</p>
      <p class="faint">
        {modules.length ? `Instrumented: ${visible(modules.map(fileName).join(', '))}` : 'No module was instrumented.'}
      </p>
      {(recording.notes ?? []).map((note) => <p class="note"><Words text={note} /></p>)}
    </li>
  );
}

const mostRecordings = 200;

export function Banner({ report, printing, children }) {
  const verdict = verdictOf(report);
  const programs = [...new Set(report.recordings.map((recording) => fileName(recording.program)))].filter(Boolean);
  const incomplete = report.recordings.some((recording) => !recording.complete || recording.conclusive === false);
  const title = programs.length === 1 ? visible(programs[0]) : plural(report.recordings.length, 'recording');
  document.title = `${verdict.words} in ${title} - Tenterhook`;
  return (
    <header class={`banner ${verdict.tone}`}>
      <div class="line">
        <h1>{verdict.words} <span class="in">in {title}</span></h1>
        <span class="tools">{children}</span>
      </div>
      <details open={printing || incomplete}>
        <summary>{completeness(report.recordings)}</summary>
        <ul class="recordings">
          {report.recordings.slice(0, mostRecordings).map((recording) => <Recording recording={recording} />)}
          {report.recordings.length > mostRecordings && (
            <li>{plural(report.recordings.length - mostRecordings, 'more recording')} not listed here.</li>)}
        </ul>
        <h2>What was looked for</h2>
        <dl class="analyses">
          {report.analyses.map((analysis) => (
            <>
              <dt>{analysis.name}</dt>
              <dd>{upper(analysis.promise)}</dd>
            </>
          ))}
        </dl>
        <p class="faint">Written by tenter {report.tool.version}.</p>
      </details>
    </header>
  );
}
