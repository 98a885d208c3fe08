// Lists that answer as one types.
import { arrived, parse } from './content.js';

let timer, flight;

const live = el => el?.closest?.('form[data-live-search]');

// Words are waited for until a pause, what is chosen from a list is not.
for (const [kind, pause] of [['input', 300], ['change', 0]]) {
  document.addEventListener(kind, event => {
    const form = live(event.target);
    if (!form || (event.target.type === 'search') !== (kind === 'input')) return;
    clearTimeout(timer);
    // What an input method has not finished is no word yet.
    if (!event.isComposing) timer = setTimeout(search, pause, form);
  });
}

document.addEventListener('compositionend', event => {
  const form = live(event.target);
  if (!form || event.target.type !== 'search') return;
  clearTimeout(timer);
  timer = setTimeout(search, 300, form);
});

document.addEventListener('submit', event => {
  const form = live(event.target);
  if (!form) return;
  event.preventDefault();
  search(form, true);
});

async function search(form, asked) {
  clearTimeout(timer);
  flight?.abort();
  flight = new AbortController();
  const { signal } = flight;

  const url = new URL(form.getAttribute('action') || location.pathname, location.href);
  url.search = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ''));
  const list = document.querySelector('[data-list]');
  list?.setAttribute('aria-busy', 'true');

  let fresh, doc;
  try {
    const answer = await fetch(url, { signal });
    if (answer.ok && !answer.redirected) doc = parse(await answer.text());
    fresh = doc?.querySelector('[data-list]');
  } catch {
    if (signal.aborted) return;
    list?.removeAttribute('aria-busy');
    // Nobody who is still typing should be thrown onto an error page.
    if (!asked) return;
  }
  if (!list || !fresh) return location.assign(url);

  list.replaceWith(fresh);
  const beside = [...doc.querySelectorAll('[data-beside-list]')];
  document.querySelectorAll('[data-beside-list]').forEach((old, at) => old.replaceWith(beside[at] ?? ''));
  arrived(fresh);
  document.title = doc.title;
  history.replaceState(history.state, '', url);
  const status = document.querySelector('[data-list-status]');
  if (status) status.textContent = doc.querySelector('[data-list-status]')?.textContent ?? '';
}
