// Work that is under way: its page moves by itself.
import { arrived, parse, say } from './content.js';

const EVERY = 1000;

const shown = () => document.querySelector('[data-job]');
const later = () => setTimeout(look, EVERY);

async function look() {
  // Nobody looks: the page waits until somebody does.
  if (document.hidden) return document.addEventListener('visibilitychange', look, { once: true });
  let doc;
  try {
    const answer = await fetch(location.href);
    if (answer.redirected) return location.reload();
    if (answer.ok) doc = parse(await answer.text());
  } catch {}
  const old = shown(), fresh = doc?.querySelector('[data-job]');
  if (!old || !fresh) return later();

  const focus = old.contains(document.activeElement) && document.activeElement;
  old.replaceWith(fresh);
  arrived(fresh);
  if (focus) {
    const again = focus.id && document.getElementById(focus.id);
    (again || document.getElementById('main')).focus({ preventScroll: true });
  }
  if (fresh.dataset.jobWords !== old.dataset.jobWords) say(fresh.dataset.jobWords);
  if ('jobOpen' in fresh.dataset) later();
}

if (shown() && 'jobOpen' in shown().dataset) later();
