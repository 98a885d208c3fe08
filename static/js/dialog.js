// Opens the page behind a[data-dialog] in a dialog. Whatever is not as expected ends in the plain way:
// following the link, sending the form.
import { arrived, parse } from './content.js';
import { focusSummary } from './summary.js';
import { changed, settled } from './unsaved.js';

const headers = { 'X-Tenantry-Dialog': '1' };
const contentOf = doc => doc?.querySelector('[data-dialog-content]');

let dialog, opener, page, title, busy, stale, plain;

document.addEventListener('click', event => {
  const link = event.target.closest?.('a[data-dialog]');
  if (!link || dialog || event.defaultPrevented || event.button || link.target
    || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (!busy) open(link);
});

async function get(url) {
  try {
    const answer = await fetch(url, { headers });
    if (answer.ok && !answer.redirected) return parse(await answer.text());
  } catch {}
}

async function open(link) {
  busy = true;
  const doc = await get(link.href);
  busy = false;
  if (!contentOf(doc)) return location.assign(link.href);

  opener = link;
  page = new URL(link.href);
  title = document.title;
  stale = false;
  dialog = document.createElement('dialog');
  dialog.className = link.dataset.dialog === 'small' ? 'dialog small' : 'dialog';
  dialog.addEventListener('submit', submit);
  dialog.addEventListener('close', closed);
  dialog.addEventListener('cancel', event => {
    event.preventDefault();
    leave();
  });
  dialog.addEventListener('click', event => {
    // What is beside a dialog belongs to it, too.
    const { left, right, top, bottom } = dialog.getBoundingClientRect();
    const beside = event.target === dialog && event.detail > 0
      && (event.clientX < left || event.clientX > right || event.clientY < top || event.clientY > bottom);
    if (!beside && !event.target.closest('[data-dialog-close]')) return;
    event.preventDefault();
    leave();
  });
  // First in the page, so that of two equal ids the one in the dialog is meant.
  document.body.prepend(dialog);
  dialog.showModal();
  show(doc);
}

function closeButton() {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'icon-btn';
  button.title = 'Close';
  button.setAttribute('aria-label', 'Close');
  button.setAttribute('data-dialog-close', '');
  button.innerHTML = '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="m6 6 12 12M18 6 6 18"/></svg>';
  return button;
}

function show(doc) {
  const content = contentOf(doc);
  const flash = doc.querySelector('[data-flash]');
  for (const form of content.querySelectorAll('form')) {
    form.setAttribute('action', new URL(form.getAttribute('action') || '', page));
  }
  const heading = content.querySelector('h1, h2');
  if (heading) {
    heading.id ||= 'dialog-heading';
    dialog.setAttribute('aria-labelledby', heading.id);
  }
  dialog.replaceChildren(closeButton(), ...(flash ? [flash] : []), content);
  dialog.scrollTop = 0;
  document.title = doc.title;
  arrived(dialog);
  if (!focusSummary(dialog)) {
    (content.querySelector('[autofocus], input:not([type=hidden], [type=checkbox]), textarea')
      ?? content.querySelector('[data-dialog-close]'))?.focus();
  }
}

async function submit(event) {
  const form = event.target;
  if (form === plain || form.getAttribute('method')?.toLowerCase() !== 'post') return;
  event.preventDefault();
  if (busy) return;
  busy = true;

  const button = event.submitter;
  const url = new URL(button?.getAttribute('formaction') || form.getAttribute('action'), page);
  const data = new FormData(form, button);
  const body = form.enctype === 'multipart/form-data' ? data : new URLSearchParams(data);
  let next, doc, lost;
  try {
    const answer = await fetch(url, { method: 'POST', body, headers, redirect: 'manual' });
    if (answer.status === 204) next = new URL(answer.headers.get('X-Location'), location.origin);
    else if (answer.status === 422) doc = parse(await answer.text());
    // "Add and add another" leads back to this very form: it stays open, with what was added said above it.
    if (next?.pathname === page.pathname && next.origin === location.origin) {
      doc = await get(next);
      if (contentOf(doc)) stale = true;
    }
  } catch {
    lost = true;
  }
  busy = false;
  if (!dialog) return;
  if (lost) return sayUnreachable(form);

  if (contentOf(doc)) return show(doc);
  settled(form);
  if (next?.origin === location.origin) return location.assign(next);
  plain = form;
  form.requestSubmit(button);
}

// Sending it in the plain way would end on the browser's own error page, without what was typed.
function sayUnreachable(form) {
  const summary = document.createElement('div');
  summary.className = 'summary';
  summary.role = 'alert';
  summary.tabIndex = -1;
  summary.setAttribute('data-error-summary', '');
  summary.innerHTML = '<p>The server did not answer. What you typed is still here: try again.</p>';
  dialog.querySelector('[data-error-summary]')?.remove();
  const heading = form.querySelector('h1');
  heading ? heading.after(summary) : form.parentElement.before(summary);
  focusSummary(dialog);
}

function leave() {
  const lost = [...dialog.querySelectorAll('form')].some(changed);
  if (busy || lost && !confirm('Discard what you typed?')) return;
  dialog.close();
}

function closed() {
  for (const form of dialog.querySelectorAll('form')) settled(form);
  if (stale) return location.replace(location.pathname + location.search);
  dispose();
  if (opener.isConnected) opener.focus();
}

function dispose() {
  dialog.remove();
  dialog = undefined;
  document.title = title;
}

// Going back must not bring the dialog with it.
addEventListener('pagehide', () => dialog && dispose());
