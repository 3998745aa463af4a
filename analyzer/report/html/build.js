// Bundles source/ into page.html, one file that needs nothing else. `node build.js` writes page.html beside this file,
// which is committed, so that tenter builds without Node; `node build.js OUT` writes OUT instead.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';

const folder = dirname(fileURLToPath(import.meta.url));
const common = { bundle: true, minify: true, write: false, charset: 'ascii', legalComments: 'none', target: 'es2020' };

async function bundle(options) {
  const built = await esbuild.build({ absWorkingDir: folder, ...common, ...options });
  return built.outputFiles[0].text.trim();
}

// Inside of <script> and <style> only their own end tag would end them.
function inlined(text, element) {
  if (text.toLowerCase().includes(`</${element}`)) throw new Error(`the ${element} holds its own end tag`);
  return text;
}

const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

// The bundle holds copies of these; their licences ask to be told along.
function licences() {
  const packages = ['preact', '@dagrejs/dagre', '@dagrejs/graphlib'];
  const texts = packages.map((name) => {
    const where = join(folder, 'node_modules', name);
    const { version } = JSON.parse(readFileSync(join(where, 'package.json'), 'utf8'));
    return `${name} ${version}\n${readFileSync(join(where, 'LICENSE'), 'utf8').trim()}\n`;
  });
  const text = texts.join('\n');
  if (text.includes('--')) throw new Error('a licence would end the comment that holds it');
  return text;
}

// What the page is made of; tests/html compares it with the sources without Node. One line a file, as sha256sum does.
export function digestOfSources() {
  const files = ['build.js', 'package-lock.json', 'package.json', 'template.html'];
  for (const name of readdirSync(join(folder, 'source'))) files.push(`source/${name}`);
  const lines = files.sort().map((name) => `${createHash('sha256').update(readFileSync(join(folder, name))).digest('hex')}  ${name}\n`);
  return createHash('sha256').update(lines.join('')).digest('hex');
}

const script = inlined(
  await bundle({ entryPoints: ['source/main.jsx'], format: 'iife', jsx: 'automatic', jsxImportSource: 'preact' }),
  'script');
const style = inlined(await bundle({ entryPoints: ['source/style.css'] }), 'style');

// Nothing may be loaded from anywhere, and no code or style runs but what is in this file.
const policy = [
  "default-src 'none'", `script-src ${hash(script)}`, `style-src ${hash(style)}`, 'img-src data:', "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const parts = {
  LICENCES: licences(), POLICY: policy, SOURCES: digestOfSources(), STYLE: style, SCRIPT: script,
};
// With a function, because $& and its like mean something in a replacement string.
const page = readFileSync(join(folder, 'template.html'), 'utf8').replace(/\{\{(\w+)\}\}/g, (whole, name) => parts[name] ?? whole);
if (page.split('{{REPORT}}').length !== 2) throw new Error('the page must hold {{REPORT}} once');
writeFileSync(process.argv[2] ?? join(folder, 'page.html'), page);
