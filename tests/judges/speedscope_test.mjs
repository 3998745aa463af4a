// What speedscope, a viewer of profiles, makes of our files in the Trace Event Format: it opens each in headless Chromium, and
// what it then exports is compared with what we meant: the tracks with their names, and the steps of each with their times.
//
//   speedscope_test.mjs WORKSHOP CHROMIUM PACKAGES REPORTS      WORKSHOP is that of tests/html
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Browser } from '../html/browser.mjs';

const [workshop, chromiumPath, packages, reports] = process.argv.slice(2);
const viewer = resolve(packages, 'node_modules/speedscope/dist/release/index.html');
if (!existsSync(join(workshop, 'installed')) || !existsSync(viewer)) {
  console.log('speedscope is not installed, so that nothing is said about our traces');
  process.exit(77);
}
const { chromium } = await import(pathToFileURL(resolve(workshop, 'node_modules/playwright-core/index.mjs')));
const browser = new Browser(chromium, chromiumPath, reports);
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

// [[name of the track, [[name of a step, begin, end], ...]], ...] as we meant it. speedscope counts from a track's first step.
function meant(trace) {
  const names = new Map();
  const tracks = new Map();
  for (const event of trace.traceEvents) {
    if (event.name === 'process_name') names.set(`${event.pid}`, event.args.name);
    if (event.name === 'thread_name') names.set(`${event.pid} ${event.tid}`, event.args.name);
    if (event.ph !== 'X') continue;
    const key = `${event.pid} ${event.tid}`;
    const title = `${names.get(`${event.pid}`)} (pid ${event.pid}), ${names.get(key)} (tid ${event.tid})`;
    if (!tracks.has(key)) tracks.set(key, { title, start: event.ts, steps: [] });
    const { start, steps } = tracks.get(key);
    steps.push([`${event.name} ${JSON.stringify(event.args)}`, event.ts - start, event.ts + event.dur - start]);
  }
  return [...tracks.values()].map(({ title, steps }) => [title, steps]).sort();
}

// The same of what speedscope exports.
function understood({ profiles, shared }) {
  return profiles.map(({ name, events }) => {
    const steps = [];
    for (const { type, frame, at } of events) {
      if (type === 'O') steps.push([shared.frames[frame].name, at]);
      else steps.findLast((one) => one.length === 2 && one[0] === shared.frames[frame].name).push(at);
    }
    return [name, steps];
  }).sort();
}

let failed = 0;
let compared = 0;
const files = readdirSync(reports).filter((name) => name.endsWith('.trace')).sort();
assert.ok(files.length >= 10);
for (const name of files) {
  const wanted = meant(JSON.parse(readFileSync(join(reports, name), 'utf8')));
  if (wanted.length === 0) continue;   // a leak of a thread has no picture
  compared += 1;
  const held = await browser.part(name, async () => {
    const { page, close } = await browser.open(viewer, { ready: 'input[type=file]' });
    const refused = new Promise((_, give) => page.on('dialog', (dialog) => give(new assert.AssertionError({ message: dialog.message() }))));
    refused.catch(() => {});
    await page.locator('input[type=file]').setInputFiles(join(resolve(reports), name));
    const button = page.getByText('Export');
    await Promise.race([button.waitFor(), refused]);
    const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
    assert.deepEqual(understood(JSON.parse(readFileSync(await download.path(), 'utf8'))), wanted);
    await close();
  });
  if (!held) failed += 1;
}
await browser.close();
console.log(`${compared - failed} of ${compared} traces are read as they are meant`);
process.exit(failed || compared < 10 ? 1 : 0);
