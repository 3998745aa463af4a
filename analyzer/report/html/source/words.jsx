// How things are called, in the same words as in the text report.

export const plural = (n, one, many = `${one}s`) => `${n.toLocaleString('en')} ${n === 1 ? one : many}`;

export function taskName(task) {
  // The main task of the library was created by a thread; the program's first thread was not.
  if (task.kind === 'main') return (task.created_at ?? []).length ? 'the main task' : 'the main thread';
  const what = task.kind === 'thread' ? 'thread' : 'task';
  return task.name ? `${what} ${task.id} \`${task.name}\`` : `${what} ${task.id}`;
}

// What stands behind "waits": "for mutex `m`", "to send to channel `c`", "in a select of ...".
export function whatFor(wants) {
  if (/^(send to|receive from) /.test(wants)) return `to ${wants}`;
  return wants.startsWith('select') ? `in a ${wants}` : `for ${wants}`;
}

export const upper = (text) => text.charAt(0).toUpperCase() + text.slice(1);

export const fileName = (path) => path.slice(path.lastIndexOf('/') + 1);

export function place(at) {
  if (at.file) return at.line ? `${fileName(at.file)}:${at.line}` : fileName(at.file);
  return at.module ? `${fileName(at.module)}+0x${at.offset.toString(16)}` : '';
}

// Where compilers put code that is not the program's own.
export const isForeign = (frame) => !frame.file || /^\/usr\/|\/include\/c\+\+\/|\/include\/tenter\//.test(frame.file);

// The frame that a person would go to first.
export const frameToShow = (stack) => stack.find((frame) => !isForeign(frame)) ?? stack.find((frame) => frame.file) ?? stack[0];

const longestName = 120;

// A function's name without what stands between its brackets of this kind: "put<...>(int)" for '<' and '>'.
function without(name, opening, closing) {
  let text = '';
  let depth = 0;
  for (let i = 0; i < name.length; ++i) {
    const operator = depth === 0 && /^operator\s*(<=>|<<=|>>=|->\*|<<|>>|<=|>=|->|\(\)|<|>)/.exec(name.slice(i, i + 16));
    if (operator && !/\w/.test(name[i - 1] ?? '')) {
      text += operator[0];
      i += operator[0].length - 1;
    } else if (name.startsWith('(anonymous namespace)', i)) {
      if (depth === 0) text += '(anonymous namespace)';
      i += 20;
    } else if (name[i] === opening) {
      if (depth === 0) text += `${opening}...${closing}`;
      ++depth;
    } else if (name[i] === closing && depth > 0 && name[i - 1] !== '-') {
      --depth;
    } else if (depth === 0) {
      text += name[i];
    }
  }
  return text;
}

// A name to read: as it is where it is not too long, else without template arguments, then without parameters, then cut.
export function shortName(name) {
  let text = name;
  if (text.length > longestName) text = without(text, '<', '>');
  if (text.length > longestName) text = without(text, '(', ')');
  return text.length > longestName ? `${text.slice(0, longestName - 3)}...` : text;
}

// Whether any stack of the findings has a name that is shown shortened.
export function anyLongName(findings) {
  const long = (stack) => (stack ?? []).some((frame) => frame.function.length > longestName);
  return findings.some((finding) => finding.sides.some((side) => long(side.stack) || long(side.task.created_at))
    || long(finding.object?.created_at) || (finding.cycle ?? []).some((wait) => long(wait.held_at)));
}

// Characters that change how the text around them is shown, or cannot be seen, become visible: a name must not be able
// to pretend to be another one.
const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
export const isPlain = (text) => text.search(hidden) < 0 && !/[\n\t]/.test(text);
export const visible = (text) =>
  String(text).replace(hidden, (c) => `<U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}>`);

// A sentence with `names` set as code.
export function Words({ text }) {
  const parts = visible(text).split('`');
  // Without a partner a tick is only a tick.
  if (parts.length % 2 === 0) return <>{visible(text)}</>;
  return <>{parts.map((part, i) => (i % 2 === 1 ? <code>{part}</code> : part))}</>;
}
