// The verdict on top, the list of findings beside the chosen one.
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Banner } from './banner.jsx';
import { Finding } from './finding.jsx';
import { FindingList, matches } from './list.jsx';
import { anyLongName, plural } from './words.jsx';

const mostPrinted = 200;

const chosenByAddress = () => decodeURIComponent(location.hash.slice(1));

// Keys that a person types into a field, or means for the browser, are not ours.
const isOurs = (event) =>
  !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.closest('input, select, textarea');

function ThemeButton() {
  const [theme, setTheme] = useState('auto');
  useLayoutEffect(() => {
    if (theme === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
  const next = { auto: 'light', light: 'dark', dark: 'auto' };
  return (
    <button type="button" class="quiet" onClick={() => setTheme(next[theme])}>
      Colors: {theme}
    </button>
  );
}

function NamesButton() {
  const [whole, setWhole] = useState(false);
  useLayoutEffect(() => {
    document.documentElement.dataset.names = whole ? 'whole' : 'short';
  }, [whole]);
  return (
    <button type="button" class="quiet" aria-pressed={whole} onClick={() => setWhole(!whole)}>
      Whole names
    </button>
  );
}

export function App({ report, sources, printing }) {
  const findings = report.findings;
  const [filter, setFilter] = useState({ text: '', kind: '', severity: '' });
  const shown = useMemo(() => findings.filter((finding) => matches(finding, filter)), [findings, filter]);
  const [fingerprint, setFingerprint] = useState(chosenByAddress());
  const chosen = shown.find((finding) => finding.fingerprint === fingerprint) ?? shown[0];
  const longNames = useMemo(() => anyLongName(findings), [findings]);
  const search = useRef(null);
  const detail = useRef(null);

  const choose = (finding) => {
    setFingerprint(finding.fingerprint);
    // An entry of the browser's history for each would make its way back long.
    history.replaceState(null, '', `#${finding.fingerprint}`);
  };

  useLayoutEffect(() => {
    const byAddress = () => setFingerprint(chosenByAddress());
    addEventListener('hashchange', byAddress);
    return () => removeEventListener('hashchange', byAddress);
  }, []);

  // With the drawing, not after it: a key that comes before the next frame would go to the finding of the last one.
  useLayoutEffect(() => {
    const onKey = (event) => {
      if (!isOurs(event)) return;
      const at = shown.indexOf(chosen);
      if (event.key === 'j' && at + 1 < shown.length) choose(shown[at + 1]);
      else if (event.key === 'k' && at > 0) choose(shown[at - 1]);
      else if (event.key === '/' && search.current) search.current.focus();
      else if (event.key === 'Enter' && event.target === document.body && detail.current) detail.current.focus();
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [shown, chosen]);

  useLayoutEffect(() => {
    if (detail.current) detail.current.scrollTop = 0;
  }, [chosen]);

  if (printing) {
    return (
      <main class="all">
        <Banner report={report} printing />
        {findings.slice(0, mostPrinted).map((finding) => (
          <Finding key={finding.fingerprint} finding={finding} report={report} sources={sources} printing />
        ))}
        {findings.length > mostPrinted && <p>{plural(findings.length - mostPrinted, 'more finding')} not printed.</p>}
      </main>
    );
  }
  return (
    <>
      <a class="skip" href="#finding" onClick={(event) => { event.preventDefault(); detail.current?.focus(); }}>
        Skip to the finding
      </a>
      <Banner report={report}>{longNames && <NamesButton />}<ThemeButton /></Banner>
      {findings.length > 0 && (
        <div class="panes">
          <FindingList findings={findings} shown={shown} chosen={chosen} choose={choose} filter={filter}
            setFilter={setFilter} search={search} />
          <main id="finding" tabIndex={-1} ref={detail}>
            {chosen
              ? <Finding key={chosen.fingerprint} finding={chosen} report={report} sources={sources} />
              : <p class="nothing">No finding fits the filter.</p>}
          </main>
        </div>
      )}
    </>
  );
}
