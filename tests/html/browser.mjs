// A headless, offline Chromium that opens reports, and what to do when it dies, which is no fault of the page: that part of
// the test is begun anew in another one. A check that failed is never begun anew.
import assert from 'node:assert/strict';
import { freemem, loadavg, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Hopeless, patience, settled } from './waiting.mjs';

const attempts = 3;
const longestPart = 3 * patience;

const atMost = (limit, asked, words) => {
  let clock;
  const late = new Promise((_, give) => { clock = setTimeout(() => give(new Error(words)), limit); });
  return Promise.race([asked, late]).finally(() => clearTimeout(clock));
};

export class Browser {
  #chromium;
  #path;
  #folder;
  #browser;
  #opened = [];
  #died = '';

  constructor(chromium, path, folder) {
    this.#chromium = chromium;
    this.#path = path;
    this.#folder = folder;
  }

  async #start() {
    this.#died = '';
    if (this.#browser?.isConnected()) return;
    for (let attempt = 1; ; ++attempt) {
      try {
        this.#browser = await this.#chromium.launch({
          executablePath: this.#path,
          timeout: patience,
          args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking',
            '--disable-component-update', '--disable-sync', '--disable-extensions'],
        });
        break;
      } catch (error) {
        if (attempt === attempts) throw error;
        console.log(`        Chromium does not start: ${error.message}`);
      }
    }
    const browser = this.#browser;
    browser.on('disconnected', () => { if (browser === this.#browser) this.#died ||= 'Chromium is gone'; });
  }

  // Opens a report, or another page that is there once it has an element `ready`. `good()` closes it and says that nothing happened which must not: no error, no
  // word on the console, no request, no dialog; `close()` only closes it.
  async open(name, { hash = '', before, ready = 'html[data-ready]', ...options } = {}) {
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 900 }, offline: true, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    page.setDefaultNavigationTimeout(patience);
    const trouble = [];
    const file = pathToFileURL(resolve(this.#folder, name)).href;
    page.on('crash', () => { this.#died ||= `the page of ${name} crashed`; });
    page.on('pageerror', (error) => trouble.push(`error: ${error.message}`));
    page.on('console', (message) => trouble.push(`console: ${message.text()}`));
    page.on('request', (request) => { if (request.url().split('#')[0] !== file && !request.url().startsWith('data:')) trouble.push(`request: ${request.url()}`); });
    page.on('dialog', (dialog) => { trouble.push('dialog'); dialog.dismiss(); });
    const opened = { name, page, trouble };
    this.#opened.push(opened);
    if (before) await page.addInitScript(before);
    await page.goto(file + hash, { waitUntil: 'load' });
    await page.waitForSelector(ready, { state: 'attached' });
    opened.close = async () => {
      this.#opened = this.#opened.filter((one) => one !== opened);
      await context.close();
    };
    opened.good = async () => {
      await settled(page);
      assert.deepEqual(trouble, []);
      await opened.close();
    };
    return opened;
  }

  // Does one part of the test; true if it holds.
  async part(name, test) {
    for (let attempt = 1; ; ++attempt) {
      try {
        await this.#start();
        // Who waits for an answer of a browser that is gone would wait for ever.
        const gone = new Promise((_, give) => { this.#giveUp = give; });
        const watch = setInterval(() => { if (this.#died) this.#giveUp(new Hopeless(this.#died)); }, 100);
        try {
          await atMost(longestPart, Promise.race([test(), gone]), 'this part of the test does not come to an end');
        } finally {
          clearInterval(watch);
        }
        console.log(`ok      ${name}`);
        return true;
      } catch (error) {
        const died = await this.#whoDied(error);
        if (died && attempt < attempts) {
          console.log(`        ${died}; another one opens: ${name}`);
          await this.close();
          continue;
        }
        console.log(`FAILED  ${name}\n${error.stack}`);
        await this.#tellState();
        // Its pages go on in the meantime; the next part has none of that.
        await this.close();
        return false;
      } finally {
        this.#opened = [];
      }
    }
  }

  #giveUp = () => {};

  // What Playwright was at when a page crashed may fail before it says that the page did.
  async #whoDied(error) {
    if (error instanceof assert.AssertionError) return '';
    for (const { name, page } of this.#opened) {
      const said = await atMost(patience, page.evaluate('0'), 'no answer').then(() => '', (one) => one.message);
      if (/crashed|has been closed/.test(said)) this.#died ||= `the page of ${name} crashed`;
    }
    return this.#died;
  }

  async #tellState() {
    const mega = (bytes) => `${Math.round(bytes / 2 ** 20)} MB`;
    console.log(`  machine: load ${loadavg().map((one) => one.toFixed(1)).join(' ')}, ${mega(freemem())} of ${mega(totalmem())} free`);
    console.log(`  browser: ${this.#died || `${this.#browser?.version()}, alive`}`);
    for (const { name, page, trouble } of this.#opened) {
      console.log(`  page ${name} at ${page.url()}\n  trouble: ${JSON.stringify(trouble)}`);
      try {
        const state = await atMost(20_000, page.evaluate(() => ({
          ready: document.documentElement.dataset.ready, visible: document.visibilityState, focused: document.hasFocus(),
          active: document.activeElement?.outerHTML.slice(0, 200), window: [innerWidth, innerHeight],
          chosen: document.querySelector('.entry[aria-current]')?.innerText, text: document.body.innerText.slice(0, 3000),
        })), 'the page does not answer');
        console.log(`  ${JSON.stringify(state, null, 1).replaceAll('\n', '\n  ')}`);
      } catch (error) {
        console.log(`  its state is not known: ${error.message}`);
      }
    }
  }

  async close() {
    const browser = this.#browser;
    this.#browser = undefined;
    await atMost(patience, browser?.close() ?? Promise.resolve(), 'Chromium does not close').catch((error) => console.log(`        ${error.message}`));
  }
}
