// What a browser makes of HTML reports: opens those of make_reports in headless Chromium, offline.
//
//   browser_test.mjs WORKSHOP CHROMIUM BIN      WORKSHOP holds the npm packages, BIN make_reports
//   ... --shots FOLDER                          also writes pictures of the pages, to look at
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [workshop, chromiumPath, bin, option, shots] = process.argv.slice(2);
if (!existsSync(join(workshop, 'installed'))) {
  console.log('the npm packages are not there');
  process.exit(77);
}
const { chromium } = await import(pathToFileURL(join(workshop, 'node_modules/playwright-core/index.mjs')));

const folder = mkdtempSync(join(tmpdir(), 'tenter-html-'));
execFileSync(join(bin, 'make_reports'), [folder], { stdio: 'inherit' });

// A slow machine is no failure: nothing here is decided by time.
const patience = 240_000;
const browser = await chromium.launch({
  executablePath: chromiumPath,
  timeout: patience,
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--disable-extensions'],
});

// Opens a report in a page of its own; `trouble` collects what must not happen.
async function open(name, { hash = '', ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, offline: true, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  page.setDefaultNavigationTimeout(patience);
  const trouble = [];
  const file = pathToFileURL(join(folder, name)).href;
  page.on('pageerror', (error) => trouble.push(`error: ${error.message}`));
  page.on('console', (message) => trouble.push(`console: ${message.text()}`));
  page.on('request', (request) => { if (request.url().split('#')[0] !== file && !request.url().startsWith('data:')) trouble.push(`request: ${request.url()}`); });
  page.on('dialog', (dialog) => { trouble.push('dialog'); dialog.dismiss(); });
  await page.goto(file + hash, { waitUntil: 'load' });
  await page.waitForSelector('html[data-ready]', { state: 'attached' });
  return { page, trouble, close: () => context.close() };
}

const text = (page, selector) => page.locator(selector).innerText();
const chosenKind = (page) => text(page, '.finding .facts .kind');

// What follows a click or a key is drawn when the browser gets to it.
async function eventually(check) {
  for (const end = Date.now() + 60_000; ;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((done) => setTimeout(done, 20));
    }
  }
}
const counts = (locator, wanted) => eventually(async () => assert.equal(await locator.count(), wanted));
const reads = (asked, wanted) => eventually(async () => {
  const got = await asked();
  if (wanted instanceof RegExp) assert.match(got, wanted);
  else assert.equal(got, wanted);
});

const tests = {
  async 'every finding is told in full'() {
    const { page, trouble, close } = await open('plain.html');
    assert.equal(await text(page, 'h1'), '2 errors, 1 warning in bank');
    assert.match(await text(page, '.banner summary'), /complete: nothing was lost/);
    assert.equal(await page.locator('.entry').count(), 3);
    const race = await text(page, '.finding');
    for (const words of ['Write of 8 bytes by thread 2', 'Read of 8 bytes by the main thread', 'Nothing orders the two', 'deposit()',
      'run()', 'print()', 'bank.cc:30', 'no lock at all', 'tenter explain data-race', 'tenter dump bank.tent', 'data-race:^total$'])
      assert.ok(race.includes(words), `the race lacks: ${words}\n${race}`);
    // Five lines before the access and five after it, and the access marked.
    assert.deepEqual(await page.locator('.side').first().locator('.excerpt').first().locator('.number').allInnerTexts(),
      ['9', '10', '11', '12', '13', '14', '15', '16', '17', '18', '19']);
    assert.equal((await page.locator('.side').first().locator('.row.here.red .number').innerText()).trim(), '14');
    const baseline = JSON.parse(await page.locator('.copyable code').last().innerText());
    assert.equal(baseline.fingerprint.length, 32);
    assert.ok('weak_fingerprint' in baseline);
    assert.equal(baseline.place, 'bank.cc:14');
    assert.deepEqual(trouble, []);
    await close();
  },

  async 'a cycle and a leak have a picture and the same in words'() {
    const { page, trouble, close } = await open('plain.html', { hash: `#${'a'.repeat(28)}7000` });
    await reads(() => chosenKind(page), 'deadlock');
    // Two threads and two locks, each waited for and held.
    assert.equal(await page.locator('svg .node').count(), 4);
    assert.equal(await page.locator('svg .edge.waits').count(), 2);
    assert.equal(await page.locator('svg .edge.held').count(), 2);
    assert.match(await text(page, '.in-words'), /Thread 2 waits for mutex accounts at bank\.cc:12, and holds mutex journal since bank\.cc:11\./);
    await page.locator('.entry', { hasText: 'task-leak' }).click();
    await counts(page.locator('svg .edge.could'), 1);
    assert.match(await text(page, '.in-words'), /Task 5 reader could end the wait\./);
    assert.equal(await page.locator('svg[role=img] title').count() > 0, true);
    assert.deepEqual(trouble, []);
    await close();
  },

  async 'the diagram has a lane for each task, arrows, and the two accesses in red'() {
    const { page, trouble, close } = await open('plain.html');
    assert.deepEqual(await page.locator('.names div').allInnerTexts(), ['The main thread', 'Thread 2 guard']);
    const events = page.locator('.space-time .event');
    assert.equal(await events.count(), 11);
    assert.equal(await page.locator('.space-time .event.red').count(), 2);
    const red = await page.evaluate(() => getComputedStyle(document.querySelector('.event.red circle')).fill);
    assert.notEqual(red, await page.evaluate(() => getComputedStyle(document.querySelector('.event:not(.red) circle')).fill));
    assert.equal(await page.locator('.space-time .arrow.create').count(), 1);
    assert.equal(await page.locator('.space-time .arrow.lock').count(), 3);
    assert.equal(await page.locator('.space-time .unordered').count(), 1);
    assert.match(await text(page, '.timeline'), /No path of arrows[^]*4 events of these tasks/);
    // What does not matter at first is a click away.
    await page.getByLabel(/Everything recorded here \(1 more event\)/).check();
    await counts(events, 12);
    // The keyboard zooms, and the table says the same as the picture.
    await page.locator('.space-time').focus();
    const before = await page.locator('.canvas').evaluate((each) => each.clientHeight);
    await page.keyboard.press('-');
    await page.waitForFunction((height) => document.querySelector('.canvas').clientHeight < height, before);
    await page.keyboard.press('0');
    await page.waitForFunction((height) => document.querySelector('.canvas').clientHeight === height, before);
    await page.locator('.timeline summary').click();
    await counts(page.locator('.timeline tbody tr'), 12);
    assert.match(await page.locator('.timeline tbody tr').nth(1).innerText(), /^2\s+Thread 2 guard\s+start\s.*1 \(create\)/s);
    assert.deepEqual(trouble, []);
    await close();
  },

  async 'two hundred thousand events are drawn as far as they can be seen'() {
    for (const name of ['large.html', 'many.html']) {
      const { page, trouble, close } = await open(name);
      const told = await page.evaluate(() => Math.round(performance.getEntriesByType('navigation')[0].domComplete));
      console.log(`        ${name}: ready after ${told} ms`);
      const drawn = await page.locator('.space-time .event').count();
      assert.ok(drawn > 0 && drawn < 200, `${drawn} events are drawn`);
      assert.deepEqual(trouble, []);
      await close();
    }
    const { page, close } = await open('large.html');
    // It begins at the accesses, at the very end, and can be taken back to the start.
    await page.locator('.space-time .event.red').first().waitFor();
    await page.locator('.space-time').evaluate((box) => { box.scrollTop = 0; });
    await page.locator('.space-time .event', { hasText: 'create thread 2' }).waitFor();
    await counts(page.locator('.space-time .event.red'), 0);
    await close();
  },

  async 'names of three lines are shortened until somebody asks'() {
    const { page, trouble, close } = await open('wordy.html');
    const name = () => page.locator('.side .stack .function').first().innerText();
    assert.equal(await name(), 'void Store::put<...>(std::map<...> const&)');
    await page.getByRole('button', { name: 'Whole names' }).press('Enter');
    await reads(name, /^void Store::put<std::map<[^]{3000,}const&\)$/);
    await page.getByRole('button', { name: 'Whole names' }).press('Enter');
    await reads(name, 'void Store::put<...>(std::map<...> const&)');
    assert.deepEqual(trouble, []);
    await close();
    const { page: plain, close: closePlain } = await open('plain.html');
    assert.equal(await plain.getByRole('button', { name: 'Whole names' }).count(), 0);
    await closePlain();
  },

  async 'hostile names stay names'() {
    const { page, trouble, close } = await open('hostile.html');
    for (const entry of await page.locator('.entry').all()) {
      await entry.click();
      await reads(() => text(page, '.finding'), /<\/script><img src=/);
    }
    assert.equal(await page.locator('img, iframe, object, embed').count(), 0);
    assert.ok((await page.title()).endsWith('Tenterhook'));
    const all = await text(page, 'body');
    assert.ok(all.includes('<U+202E>') && all.includes('<U+001B>'), 'what cannot be seen is shown by its number');
    assert.ok(!/[\u202a-\u202e\u2066-\u2069\u001b]/.test(all), 'nothing turns the text around');
    assert.deepEqual(trouble, []);
    await close();
  },

  async 'the policy forbids what escaping would miss'() {
    // The same page with markup in it: without the policy its handler would run.
    const raw = readFileSync(join(folder, 'plain.html'), 'utf8');
    const injected = '<img src="data:," onerror="document.documentElement.dataset.run=1"><script>document.documentElement.dataset.run=2</script>';
    for (const guarded of [true, false]) {
      const policy = /<meta http-equiv="Content-Security-Policy"[^>]*>/;
      assert.match(raw, policy);
      writeFileSync(join(folder, 'injected.html'),
        (guarded ? raw : raw.replace(policy, '')).replace('<div id="page">', () => `${injected}<div id="page">`));
      const { page, close } = await open('injected.html');
      assert.equal(await page.evaluate(() => document.documentElement.dataset.run === undefined), guarded);
      await close();
    }
    for (const words of ["default-src 'none'", "script-src 'sha256-", "style-src 'sha256-", "base-uri 'none'", "form-action 'none'"])
      assert.ok(raw.includes(words), words);
    assert.ok(!raw.includes('unsafe-'));
  },

  async 'keys alone are enough'() {
    const { page, trouble, close } = await open('plain.html');
    assert.equal(await chosenKind(page), 'data-race');
    await page.keyboard.press('j');
    await reads(() => chosenKind(page), 'deadlock');
    await page.keyboard.press('j');
    await reads(() => chosenKind(page), 'task-leak');
    await page.keyboard.press('j');   // there is no further one
    await reads(() => chosenKind(page), 'task-leak');
    await page.keyboard.press('k');
    await reads(() => chosenKind(page), 'deadlock');
    await reads(async () => page.url(), /7000$/);  // the address names the finding
    await page.keyboard.press('/');
    await page.keyboard.type('task-leak kj');   // letters in a field are letters
    await counts(page.locator('.entry'), 0);
    for (let i = 0; i < 3; ++i) await page.keyboard.press('Backspace');
    await counts(page.locator('.entry'), 1);
    // The first stop of the Tab key leads past the list.
    await page.reload();
    await page.waitForSelector('html[data-ready]', { state: 'attached' });
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await reads(() => page.evaluate(() => document.activeElement.id), 'finding');
    // Every button, field and picture has a name for those who do not see it.
    const nameless = await page.evaluate(() => [...document.querySelectorAll('button, input, select, summary, [role=group], [role=img], pre[tabindex]')]
      .filter((each) => !(each.textContent.trim() || each.getAttribute('aria-label') || each.getAttribute('aria-labelledby'))).map((each) => each.outerHTML));
    assert.deepEqual(nameless, []);
    assert.deepEqual(trouble, []);
    await close();
  },

  async 'a copied line is the line'() {
    const { page, trouble, close } = await open('plain.html', { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.getByRole('button', { name: /^Copy: Suppression/ }).click();
    await page.locator('.copyable [role=status]', { hasText: 'Copied' }).waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'data-race:^total$');
    assert.deepEqual(trouble, []);
    await close();
  },

  async 'nothing found is not the same as nothing proven'() {
    const nothing = await open('nothing.html');
    assert.equal(await text(nothing.page, 'h1'), 'Nothing found in bank');
    assert.equal(await nothing.page.locator('.banner.good').count(), 1);
    await nothing.close();
    const cut = await open('cut_short.html');
    assert.equal(await text(cut.page, 'h1'), 'Nothing found, but that proves nothing in bank');
    assert.equal(await cut.page.locator('.banner.good').count(), 0);
    assert.match(await text(cut.page, '.banner'), /The recording is incomplete\.[^]*17 events lost[^]*The disk was full/);
    assert.deepEqual([...nothing.trouble, ...cut.trouble], []);
    await cut.close();
  },

  async 'two thousand findings are listed in parts'() {
    const { page, trouble, close } = await open('many.html');
    assert.equal(await text(page, 'h1'), '2,000 errors in bank');
    const first = await page.locator('.entry').count();
    assert.ok(first > 0 && first < 2000);
    await page.locator('.more').click();
    await eventually(async () => assert.ok((await page.locator('.entry').count()) > first));
    await page.locator('input[type=search]').fill('total1999');
    await counts(page.locator('.entry'), 1);
    await reads(() => text(page, '.finding h2'), /total1999/);
    assert.deepEqual(trouble, []);
    await close();
  },

  async 'paper shows every finding, and no buttons'() {
    const { page, trouble, close } = await open('plain.html', { colorScheme: 'dark' });
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    await page.emulateMedia({ media: 'print' });
    await counts(page.locator('article.finding'), 3);
    await counts(page.locator('button:visible'), 0);
    assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor), 'rgb(255, 255, 255)');
    // Stacks of creation stand open: paper cannot be clicked.
    await counts(page.locator('details.created:not([open])'), 0);
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    await counts(page.locator('article.finding'), 1);
    assert.deepEqual(trouble, []);
    await close();
  },

  async 'a narrow window needs no scrolling sideways, in either set of colors'() {
    for (const colorScheme of ['light', 'dark']) {
      const { page, trouble, close } = await open('hostile.html', { viewport: { width: 390, height: 800 }, colorScheme });
      for (const entry of await page.locator('.entry').all()) {
        await entry.click();
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is wider than its window');
      }
      const ground = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      assert.equal(ground === 'rgb(255, 255, 255)', colorScheme === 'light');
      assert.deepEqual(trouble, []);
      await close();
    }
  },

  async 'a damaged file says so'() {
    const whole = readFileSync(join(folder, 'plain.html'), 'utf8');
    writeFileSync(join(folder, 'damaged.html'), whole.replace('"findings":', '"findings'));
    const { page, close } = await open('damaged.html');
    assert.match(await text(page, 'body'), /This report cannot be shown/);
    await close();
  },
};

async function takePictures() {
  mkdirSync(shots, { recursive: true });
  for (const [name, options] of Object.entries({
    light: {}, dark: { colorScheme: 'dark' }, narrow: { viewport: { width: 390, height: 900 } },
  })) {
    const { page, close } = await open('plain.html', options);
    for (let i = 0; i < 3; ++i) {
      await page.screenshot({ path: join(shots, `${name}_${i}.png`) });
      await page.keyboard.press('j');
    }
    if (name === 'light') await page.pdf({ path: join(shots, 'print.pdf'), format: 'A4' });
    await close();
  }
}

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  try {
    await test();
    console.log(`ok      ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}\n${error.stack}`);
  }
}
if (option === '--shots') await takePictures();
await browser.close();
rmSync(folder, { recursive: true, force: true });
console.log(`${Object.keys(tests).length - failed} of ${Object.keys(tests).length} hold`);
process.exit(failed ? 1 : 0);
