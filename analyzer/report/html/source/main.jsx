// Draws the report that is in the element #report. What is printed is every finding, not only the chosen one.
import { render } from 'preact';
import { App } from './app.jsx';
import { unpacked } from './events.js';
import { Trouble } from './trouble.jsx';

const page = document.getElementById('page');
page.textContent = '';

function draw(printing) {
  render(<App report={data.report} sources={data.sources ?? {}} printing={printing} />, page);
}

let data;
try {
  data = JSON.parse(document.getElementById('report').textContent);
  for (const finding of data.report.findings)
    if (finding.timeline) finding.timeline = unpacked(finding.timeline, data.strings);
  draw(false);
  // render() at the root is done when it returns, so the printer sees its result.
  addEventListener('beforeprint', () => draw(true));
  addEventListener('afterprint', () => draw(false));
} catch (error) {
  render(<Trouble error={error} />, page);
}
document.documentElement.dataset.ready = 'yes';
