// What to do with a finding: lines to copy.
import { useRef, useState } from 'preact/hooks';
import { fileName, isPlain, place, Words } from './words.jsx';

// One argument for a POSIX shell.
export const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

// The narrowest rule that this finding answers to: the variable if it has a name of its own, else the function.
export function suppressionOf(finding) {
  const object = finding.object;
  const primary = finding.locations[0] ?? {};
  if (object?.kind === 'global' && object.name) return `${finding.kind}:^${object.name}$`;
  if (primary.function) return `${finding.kind}:${primary.function}`;
  if (primary.file) return `${finding.kind}:${fileName(primary.file)}`;
  return undefined;
}

export function baselineOf(finding) {
  const { kind, severity, fingerprint, weak_fingerprint, message } = finding;
  const entry = JSON.stringify({ kind, severity, fingerprint, weak_fingerprint, message, place: place(finding.locations[0] ?? {}) });
  return entry.replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

async function copy(text, field) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Some browsers give files no clipboard; a selection can be copied all the same.
    const range = document.createRange();
    range.selectNodeContents(field);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    return document.execCommand('copy');
  }
}

function Line({ title, text }) {
  const field = useRef(null);
  const [said, setSaid] = useState('');
  return (
    <div class="copyable">
      <dt><Words text={title} /></dt>
      <dd>
        <code ref={field} tabIndex={0}>{text}</code>
        <button type="button" aria-label={`Copy: ${title.replaceAll('`', '')}`}
          onClick={async () => setSaid((await copy(text, field.current)) ? 'Copied' : 'Select it and copy by hand')}>
          Copy
        </button>
        <span class="faint" role="status">{said}</span>
      </dd>
    </div>
  );
}

// A name that holds more than can be seen is not offered: what is copied must be what was read.
export function Next({ finding, report }) {
  const seen = finding.recordings?.[0] ?? report.recordings[0]?.path;
  const suppression = suppressionOf(finding);
  return (
    <section class="next">
      <h3>What next</h3>
      <dl>
        <Line title="What this kind means, with examples" text={`tenter explain ${finding.kind}`} />
        {seen && isPlain(seen) && <Line title="Look longer, for this kind alone" text={`tenter check --deep --kinds ${finding.kind} ${quoted(seen)}`} />}
        {seen && isPlain(seen) && <Line title="The recording as text" text={`tenter dump ${quoted(seen)}`} />}
        {suppression && isPlain(suppression) && <Line title="Suppression: a line of the file for --suppressions" text={suppression} />}
        <Line title="Baseline: an entry of `findings` in the file for gate --baseline" text={baselineOf(finding)} />
      </dl>
    </section>
  );
}
