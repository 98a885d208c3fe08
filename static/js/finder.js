// The search in the frame answers as one types: what /search finds, below the box; the first hit is chosen.
import { parse, say } from './content.js';
import { Listbox, whenTyped } from './listbox.js';

const input = document.querySelector('[data-global-search]');
if (input) {
  const box = new Listbox(input, { label: 'Found', first: true, choose: option => location.assign(option.href) });
  box.list.classList.add('finder');
  let flight;

  const find = async () => {
    flight?.abort();
    const words = input.value.trim();
    if (!words) return box.close();
    flight = new AbortController();
    try {
      const answer = await fetch(`/search?${new URLSearchParams({ q: words })}`, { signal: flight.signal });
      if (!answer.ok || answer.redirected) return;
      const found = parse(await answer.text()).querySelectorAll('[data-list] > section');
      if (document.activeElement !== input) return;
      box.show([...found].map(group));
      const n = box.options.length;
      say(n === 1 ? '1 result' : n ? `${n} results` : 'Nothing matches');
    } catch {}
  };
  whenTyped(input, find);
}

function group(section) {
  const part = document.createElement('div');
  part.setAttribute('role', 'group');
  part.setAttribute('aria-label', section.getAttribute('aria-label'));
  const heading = document.createElement('p');
  heading.textContent = section.getAttribute('aria-label');
  heading.setAttribute('aria-hidden', 'true');
  part.append(heading);
  for (const row of section.querySelectorAll('.rows li')) part.append(hit(row.querySelector('a'), row.querySelector('span')));
  const all = section.querySelector('.sect a');
  if (all) part.append(hit(all));
  return part;
}

function hit(link, about) {
  const option = document.createElement('a');
  option.href = link.getAttribute('href');
  option.setAttribute('role', 'option');
  option.tabIndex = -1;
  const name = document.createElement('b');
  name.textContent = link.textContent;
  option.append(name);
  if (about) {
    const more = document.createElement('small');
    more.textContent = about.textContent;
    option.append(more);
  }
  return option;
}
