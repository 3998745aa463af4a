// How the tests of the page wait. A browser draws, moves the focus and answers when it gets to it, on a busy machine seconds
// later, so that nothing is asked only once: a check is repeated until it holds. The bound is there to end, not to decide.
import assert from 'node:assert/strict';

export const patience = 240_000;

// Thrown by what cannot get better, as that the browser is gone.
export class Hopeless extends Error {}

export async function eventually(check) {
  const end = Date.now() + patience;
  for (let pause = 10; ; pause = Math.min(2 * pause, 250)) {
    try {
      return await check();
    } catch (error) {
      if (error instanceof Hopeless || Date.now() > end) throw error;
      await new Promise((done) => setTimeout(done, pause));
    }
  }
}

// What `asked` gives comes to be `wanted`, or comes to match it.
export const becomes = (asked, wanted, words) => eventually(async () => {
  const got = await asked();
  if (wanted instanceof RegExp) assert.match(got, wanted, words);
  else assert.deepEqual(got, wanted, words);
});

export const counts = (locator, wanted) => becomes(() => locator.count(), wanted, undefined);

// What `asked` gives comes to hold each of the words.
export const holds = (asked, words) => eventually(async () => {
  const got = await asked();
  for (const one of words) assert.ok(got.includes(one), `this lacks: ${one}\n${got}`);
});

// Two frames later, and whatever those gave rise to: what was going to happen by itself has happened. Before a check that
// something did *not*.
export const settled = (page) => page.evaluate(async () => {
  for (let i = 0; i < 2; ++i) await new Promise(requestAnimationFrame);
  for (let i = 0; i < 3; ++i) await new Promise((done) => setTimeout(done));
});

export const text = (page, selector) => page.locator(selector).innerText();
