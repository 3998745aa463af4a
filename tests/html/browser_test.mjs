// What a browser makes of HTML reports: opens those of make_reports in headless Chromium, offline.
//
//   browser_test.mjs WORKSHOP CHROMIUM BIN      WORKSHOP holds the npm packages, BIN make_reports
//   ... --shots FOLDER [REPORT.html...]         takes pictures instead, of these reports or of those of make_reports
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Browser } from './browser.mjs';
import { takePictures } from './shots.mjs';
import { becomes, counts, eventually, holds, settled, text } from './waiting.mjs';

const [workshop, chromiumPath, bin, option, shots, ...reports] = process.argv.slice(2);
if (!existsSync(join(workshop, 'installed'))) {
  console.log('the npm packages are not there');
  process.exit(77);
}
const { chromium } = await import(pathToFileURL(resolve(workshop, 'node_modules/playwright-core/index.mjs')));

const folder = mkdtempSync(join(tmpdir(), 'tenter-html-'));
execFileSync(join(bin, 'make_reports'), [folder], { stdio: 'inherit' });
const browser = new Browser(chromium, chromiumPath, folder);

// Who is told to stop takes its browser along.
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

const kind = (page) => () => text(page, '.finding .facts .kind');

const tests = {
  async 'every finding is told in full'() {
    const { page, good } = await browser.open('plain.html');
    await becomes(() => text(page, 'h1'), '2 errors, 1 warning in bank');
    await becomes(() => text(page, '.banner summary'), /complete: nothing was lost/);
    await counts(page.locator('.entry'), 3);
    await holds(() => text(page, '.finding'), ['Write of 8 bytes by thread 2', 'Read of 8 bytes by the main thread', 'Nothing orders the two',
      'deposit()', 'run()', 'print()', 'bank.cc:30', 'no lock at all', 'tenter explain data-race', 'tenter dump bank.tent', 'data-race:^total$']);
    // Five lines before the access and five after it, and the access marked.
    await becomes(() => page.locator('.side').first().locator('.excerpt').first().locator('.number').allInnerTexts(),
      ['9', '10', '11', '12', '13', '14', '15', '16', '17', '18', '19']);
    await becomes(() => page.locator('.side').first().locator('.row.here.red .number').innerText(), /^\s*14\s*$/);
    await eventually(async () => {
      const baseline = JSON.parse(await page.locator('.copyable code').last().innerText());
      assert.equal(baseline.fingerprint.length, 32);
      assert.ok('weak_fingerprint' in baseline);
      assert.equal(baseline.place, 'bank.cc:14');
    });
    await good();
  },

  async 'a cycle and a leak have a picture and the same in words'() {
    const { page, good } = await browser.open('plain.html', { hash: `#${'a'.repeat(28)}7000` });
    await becomes(kind(page), 'deadlock');
    // Two threads and two locks, each waited for and held.
    await counts(page.locator('svg .node'), 4);
    await counts(page.locator('svg .edge.waits'), 2);
    await counts(page.locator('svg .edge.held'), 2);
    await becomes(() => text(page, '.in-words'), /Thread 2 waits for mutex accounts at bank\.cc:12, since step 1,234,000 of the run's 1,234,567, and holds mutex journal since bank\.cc:11\./);
    await becomes(() => page.locator('.side h3').allInnerTexts(), ['Thread 2 waits for mutex accounts', 'Thread 3 waits for mutex journal']);
    await page.locator('.entry', { hasText: 'task-leak' }).click();
    await counts(page.locator('svg .edge.could'), 1);
    await becomes(() => page.locator('.side h3').allInnerTexts(), ['Task 4 searcher waits to send to channel answers']);
    await becomes(() => text(page, '.in-words'), /Task 5 reader could end the wait\./);
    await eventually(async () => assert.ok((await page.locator('svg[role=img] title').count()) > 0));
    await good();
  },

  async 'the diagram has a lane for each task, arrows, and the two accesses in red'() {
    const { page, good } = await browser.open('plain.html');
    await becomes(() => page.locator('.names div').allInnerTexts(), ['The main thread', 'Thread 2 guard']);
    const events = page.locator('.space-time .event');
    await counts(events, 11);
    await counts(page.locator('.space-time .event.red'), 2);
    const fill = (selector) => page.evaluate((one) => getComputedStyle(document.querySelector(one)).fill, selector);
    await eventually(async () => assert.notEqual(await fill('.event.red circle'), await fill('.event:not(.red) circle')));
    await counts(page.locator('.space-time .arrow.create'), 1);
    await counts(page.locator('.space-time .arrow.lock'), 3);
    await counts(page.locator('.space-time .unordered'), 1);
    await becomes(() => text(page, '.timeline'), /No path of arrows[^]*4 events of these tasks/);
    // What does not matter at first is a click away.
    await page.getByLabel(/Everything recorded here \(1 more event\)/).check();
    await counts(events, 12);
    // The keyboard zooms, and the table says the same as the picture.
    const height = () => page.locator('.canvas').evaluate((each) => each.clientHeight);
    await settled(page);
    const before = await height();
    await page.locator('.space-time').press('-');
    await eventually(async () => assert.ok((await height()) < before));
    await page.locator('.space-time').press('0');
    await becomes(height, before);
    await page.locator('.timeline summary').click();
    await counts(page.locator('.timeline tbody tr'), 12);
    await becomes(() => page.locator('.timeline tbody tr').nth(1).innerText(), /^2\s+Thread 2 guard\s+start\s.*1 \(create\)/s);
    await good();
  },

  async 'two hundred thousand events are drawn as far as they can be seen'() {
    for (const name of ['large.html', 'many.html']) {
      const { page, good } = await browser.open(name);
      const told = await page.evaluate(() => Math.round(performance.getEntriesByType('navigation')[0].domComplete));
      console.log(`        ${name}: ready after ${told} ms`);
      await eventually(async () => {
        const drawn = await page.locator('.space-time .event').count();
        assert.ok(drawn > 0 && drawn < 200, `${drawn} events are drawn`);
      });
      await good();
    }
    const { page, good } = await browser.open('large.html');
    // It begins at the accesses, at the very end, and can be taken back to the start.
    await page.locator('.space-time .event.red').first().waitFor();
    await settled(page);
    await page.locator('.space-time').evaluate((box) => { box.scrollTop = 0; });
    await page.locator('.space-time .event', { hasText: 'create thread 2' }).waitFor();
    await counts(page.locator('.space-time .event.red'), 0);
    await good();
  },

  async 'names of three lines are shortened until somebody asks'() {
    const { page, good } = await browser.open('wordy.html');
    const name = () => page.locator('.side .stack .function').first().innerText();
    const button = page.getByRole('button', { name: 'Whole names' });
    await becomes(name, 'void Store::put<...>(std::map<...> const&)');
    await button.press('Enter');
    await becomes(name, /^void Store::put<std::map<[^]{3000,}const&\)$/);
    await button.press('Enter');
    await becomes(name, 'void Store::put<...>(std::map<...> const&)');
    await good();
    const plain = await browser.open('plain.html');
    await plain.page.getByRole('button', { name: 'Colors' }).waitFor();   // the place of such buttons is drawn
    await counts(plain.page.getByRole('button', { name: 'Whole names' }), 0);
    await plain.good();
  },

  async 'hostile names stay names'() {
    const { page, good } = await browser.open('hostile.html');
    await counts(page.locator('.entry'), 4);
    for (let i = 0; i < 4; ++i) {
      await page.locator('.entry').nth(i).click();
      await counts(page.locator('.entry').nth(i).and(page.locator('[aria-current]')), 1);
      await becomes(() => text(page, '.finding'), /<\/script><img src=/);
      await settled(page);
      await counts(page.locator('img, iframe, object, embed'), 0);
      await holds(() => text(page, 'body'), ['<U+202E>', '<U+001B>']);   // what cannot be seen is shown by its number
      const all = await text(page, 'body');
      assert.ok(!/[\u202a-\u202e\u2066-\u2069\u001b]/.test(all), 'nothing turns the text around');
    }
    await becomes(() => page.title(), /Tenterhook$/);
    await good();
  },

  async 'the policy forbids what escaping would miss'() {
    // The same page with markup in it: without the policy its script and its handler would run, in whatever order.
    const raw = readFileSync(join(folder, 'plain.html'), 'utf8');
    const injected = '<img src="data:," onerror="document.documentElement.dataset.handler=1"><script>document.documentElement.dataset.script=1</script>';
    const policy = /<meta http-equiv="Content-Security-Policy"[^>]*>/;
    assert.match(raw, policy);
    const ran = (page) => page.evaluate(() => ['handler', 'script'].filter((each) => each in document.documentElement.dataset));
    for (const guarded of [true, false]) {
      writeFileSync(join(folder, 'injected.html'),
        (guarded ? raw : raw.replace(policy, '')).replace('<div id="page">', () => `${injected}<div id="page">`));
      const { page, trouble, close } = await browser.open('injected.html');
      if (guarded) {
        // The browser says that it refused both.
        await eventually(async () => assert.equal(trouble.filter((one) => one.includes('Content Security Policy')).length, 2, trouble.join('\n')));
        await settled(page);
        assert.deepEqual(await ran(page), []);
      } else {
        await becomes(() => ran(page), ['handler', 'script']);
      }
      await close();
    }
    for (const words of ["default-src 'none'", "script-src 'sha256-", "style-src 'sha256-", "base-uri 'none'", "form-action 'none'"])
      assert.ok(raw.includes(words), words);
    assert.ok(!raw.includes('unsafe-'));
  },

  async 'keys alone are enough'() {
    const { page, good } = await browser.open('plain.html');
    await becomes(kind(page), 'data-race');
    await page.keyboard.press('j');
    await becomes(kind(page), 'deadlock');
    await page.keyboard.press('j');
    await becomes(kind(page), 'task-leak');
    await page.keyboard.press('j');   // there is no further one
    await settled(page);
    assert.equal(await kind(page)(), 'task-leak');
    await page.keyboard.press('k');
    await becomes(kind(page), 'deadlock');
    await becomes(() => page.url(), /7000$/);  // the address names the finding
    await page.keyboard.press('/');
    await becomes(() => page.evaluate(() => document.activeElement.type), 'search');
    await page.keyboard.type('task-leak kj');   // letters in a field are letters
    await counts(page.locator('.entry'), 0);
    for (let i = 0; i < 3; ++i) await page.keyboard.press('Backspace');
    await counts(page.locator('.entry'), 1);
    // The first stop of the Tab key leads past the list.
    await page.reload();
    await page.waitForSelector('html[data-ready]', { state: 'attached' });
    await becomes(() => page.evaluate(() => document.hasFocus()), true);
    await page.keyboard.press('Tab');
    await becomes(() => page.evaluate(() => document.activeElement.className), 'skip');
    await page.keyboard.press('Enter');
    await becomes(() => page.evaluate(() => document.activeElement.id), 'finding');
    // Every button, field and picture has a name for those who do not see it.
    await becomes(() => page.evaluate(() => [...document.querySelectorAll('button, input, select, summary, [role=group], [role=img], pre[tabindex]')]
      .filter((each) => !(each.textContent.trim() || each.getAttribute('aria-label') || each.getAttribute('aria-labelledby'))).map((each) => each.outerHTML)), []);
    await good();
  },

  async 'no key is lost, however early it comes and however soon after another'() {
    // Two keys as soon as the page is ready, the second before the browser has drawn what the first one did.
    const press = () => {
      const key = (name) => document.body.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true }));
      new MutationObserver(async () => {
        key('j');
        for (let turn = 0; turn < 50; ++turn) await null;
        key('j');
      }).observe(document, { attributeFilter: ['data-ready'], subtree: true });
    };
    const { page, good } = await browser.open('plain.html', { before: press });
    await becomes(kind(page), 'task-leak');
    await good();
  },

  async 'a copied line is the line'() {
    const { page, good } = await browser.open('plain.html', { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.getByRole('button', { name: /^Copy: Suppression/ }).click();
    await page.locator('.copyable [role=status]', { hasText: 'Copied' }).waitFor();
    await becomes(() => page.evaluate(() => navigator.clipboard.readText()), 'data-race:^total$');
    await good();
  },

  async 'nothing found is not the same as nothing proven'() {
    const nothing = await browser.open('nothing.html');
    await becomes(() => text(nothing.page, 'h1'), 'Nothing found in bank');
    await counts(nothing.page.locator('.banner.good'), 1);
    await nothing.good();
    const cut = await browser.open('cut_short.html');
    await becomes(() => text(cut.page, 'h1'), 'Nothing found, but that proves nothing in bank');
    await counts(cut.page.locator('.banner.good'), 0);
    await becomes(() => text(cut.page, '.banner'), /The recording is incomplete\.[^]*17 events lost[^]*The disk was full/);
    await cut.good();
  },

  async 'two thousand findings are listed in parts'() {
    const { page, good } = await browser.open('many.html');
    await becomes(() => text(page, 'h1'), '2,000 errors in bank');
    await counts(page.locator('.entry'), 300);
    await page.locator('.more').click();
    await counts(page.locator('.entry'), 600);
    await page.locator('input[type=search]').fill('total1999');
    await counts(page.locator('.entry'), 1);
    await becomes(() => text(page, '.finding h2'), /total1999/);
    await good();
  },

  async 'paper shows every finding, and no buttons'() {
    const { page, good } = await browser.open('plain.html', { colorScheme: 'dark' });
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    await page.emulateMedia({ media: 'print' });
    await counts(page.locator('article.finding'), 3);
    await counts(page.locator('button:visible'), 0);
    await becomes(() => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor), 'rgb(255, 255, 255)');
    // Stacks of creation stand open: paper cannot be clicked.
    await eventually(async () => assert.ok((await page.locator('details.created[open]').count()) > 0));
    await counts(page.locator('details.created:not([open])'), 0);
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    await counts(page.locator('article.finding'), 1);
    await good();
  },

  async 'a narrow window needs no scrolling sideways, in either set of colors'() {
    for (const colorScheme of ['light', 'dark']) {
      const { page, good } = await browser.open('hostile.html', { viewport: { width: 390, height: 800 }, colorScheme });
      await counts(page.locator('.entry'), 4);
      for (let i = 0; i < 4; ++i) {
        await page.locator('.entry').nth(i).click();
        await counts(page.locator('.entry').nth(i).and(page.locator('[aria-current]')), 1);
        await settled(page);
        await becomes(() => page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - innerWidth)), 0, 'the page is wider than its window');
      }
      await becomes(() => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor === 'rgb(255, 255, 255)'), colorScheme === 'light');
      await good();
    }
  },

  async 'a damaged file says so'() {
    const whole = readFileSync(join(folder, 'plain.html'), 'utf8');
    writeFileSync(join(folder, 'damaged.html'), whole.replace('"findings":', '"findings'));
    const { page, good } = await browser.open('damaged.html');
    await becomes(() => text(page, 'body'), /This report cannot be shown/);
    await good();
  },
};

let failed = 0;
if (option === '--shots') {
  const pages = reports.length ? reports.map((one) => resolve(one)) : ['plain.html', 'hostile.html', 'nothing.html', 'cut_short.html'].map((name) => join(folder, name));
  for (const one of pages)
    if (!await browser.part(`pictures of ${basename(one)}`, () => takePictures(browser, one, shots))) failed += 1;
} else {
  for (const [name, test] of Object.entries(tests)) if (!await browser.part(name, test)) failed += 1;
  const number = Object.keys(tests).length;
  console.log(`${number - failed} of ${number} hold`);
}
await browser.close();
rmSync(folder, { recursive: true, force: true });
process.exit(failed ? 1 : 0);
