// Call stacks, with the lines of source around each place.
import { fileName, frameToShow, isForeign, place, shortName, visible } from './words.jsx';

// `sources` has runs of lines by file: {"bank.cc": [[first, ["line", ...]], ...]}
function linesAround(sources, file, line) {
  if (!Object.hasOwn(sources, file)) return null;
  const around = 5;
  const run = sources[file].find(([first, lines]) => line >= first && line < first + lines.length);
  if (!run) return null;
  const [first, lines] = run;
  const from = Math.max(0, line - around - first);
  return { first: first + from, lines: lines.slice(from, line + around + 1 - first) };
}

export function Excerpt({ sources, at, marked }) {
  const found = at && at.line ? linesAround(sources, at.file, at.line) : null;
  if (!found) return null;
  return (
    <figure class="excerpt">
      <figcaption>{visible(at.file)}:{at.line}</figcaption>
      <pre tabIndex={0} aria-label={`Source around ${visible(fileName(at.file))}, line ${at.line}`}>
        {found.lines.map((text, i) => (
          <span class={found.first + i === at.line ? `row here ${marked ?? ''}` : 'row'}>
            <span class="number">{found.first + i}</span>
            <span class="text">{visible(text) || ' '}{'\n'}</span>
          </span>
        ))}
      </pre>
    </figure>
  );
}

// A long name has both forms; a button of the page chooses which of them is seen.
function FunctionName({ name }) {
  if (!name) return <span class="function">(unknown function)</span>;
  const short = shortName(name);
  if (short === name) return <span class="function">{visible(name)}</span>;
  return (
    <span class="function" title={visible(name)}>
      <span class="short-name">{visible(short)}</span><span class="whole-name">{visible(name)}</span>
    </span>
  );
}

function FrameLine({ frame }) {
  return (
    <>
      <FunctionName name={frame.function} />
      {' '}
      <span class="place" title={visible(frame.file || frame.module || '')}>{visible(place(frame))}</span>
      {frame.inlined && <span class="faint"> inlined</span>}
    </>
  );
}

const mostFrames = 40;

export function Stack({ stack, sources, printing, label }) {
  if (stack.length === 0) return <p class="faint">No stack is known.</p>;
  const shown = frameToShow(stack);
  return (
    <ol class="stack" aria-label={label} start={0}>
      {stack.slice(0, mostFrames).map((frame) => {
        const known = frame !== shown && !printing && frame.line && linesAround(sources, frame.file, frame.line);
        return (
          <li class={isForeign(frame) ? 'foreign' : frame === shown ? 'shown' : ''}>
            {known
              ? <details><summary><FrameLine frame={frame} /></summary><Excerpt sources={sources} at={frame} /></details>
              : <FrameLine frame={frame} />}
          </li>
        );
      })}
      {stack.length > mostFrames && <li class="faint">… and {stack.length - mostFrames} more</li>}
    </ol>
  );
}

export function Created({ at, sources, printing, children }) {
  if (!at || at.length === 0) return null;
  return (
    <details class="created" open={printing}>
      <summary>{children} <span class="place">{visible(place(frameToShow(at)))}</span></summary>
      <Excerpt sources={sources} at={frameToShow(at)} />
      <Stack stack={at} sources={sources} printing={printing} label="Stack of the creation" />
    </details>
  );
}
