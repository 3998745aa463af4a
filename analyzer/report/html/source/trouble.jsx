export function Trouble({ error }) {
  return (
    <main class="trouble">
      <h1>This report cannot be shown</h1>
      <p>The file is damaged, or was written by another version. Write it again with <code>tenter check --format html=PATH</code>.</p>
      <pre>{String(error)}</pre>
    </main>
  );
}
