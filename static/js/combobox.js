// Fields with suggestions. A select that has them becomes a field to type into, the same however much there is to choose
// from; without scripts it is a select, or a field that takes what is typed.
import { eachContent, say } from './content.js';
import { Listbox, whenTyped } from './listbox.js';

eachContent(root => {
  for (const field of root.querySelectorAll('[data-suggest-url]')) {
    if (field.hidden || field.getAttribute('role') === 'combobox') continue;
    attach(field.matches('select') ? typedInstead(field) : field);
  }
});

// The field that is typed into; the select behind it is what is sent.
function typedInstead(select) {
  const input = document.createElement('input');
  input.id = select.id;
  input.type = 'text';
  input.dir = 'auto';
  input.dataset.suggestUrl = select.dataset.suggestUrl;
  for (const name of ['aria-describedby', 'aria-invalid', 'aria-label', 'required']) {
    if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
  }
  input.value = select.value && select.selectedOptions[0].text;
  select.removeAttribute('id');
  select.hidden = true;
  select.before(input);
  const other = new Option();
  input.addEventListener('input', () => {
    other.remove();
    const typed = input.value.trim();
    const known = [...select.options].find(option => (option.value ? option.text : '') === typed);
    if (!known) {
      // The server says whether there is such a one.
      other.value = other.text = typed;
      select.add(other);
    }
    (known ?? other).selected = true;
  });
  return input;
}

function attach(input) {
  const around = document.createElement('span');
  around.className = 'combobox';
  input.before(around);
  around.append(input);
  const box = new Listbox(input, {
    label: input.getAttribute('aria-label') ?? input.labels[0]?.firstChild.textContent.trim() ?? '',
    choose: option => put(option.dataset.value),
  });
  const clear = document.createElement('button');
  clear.type = 'button';
  clear.className = 'icon-btn';
  clear.setAttribute('aria-label', `Clear ${box.list.getAttribute('aria-label')}`);
  clear.innerHTML = '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="m6 6 12 12M18 6 6 18"/></svg>';
  clear.addEventListener('click', () => {
    put('');
    input.focus();
  });
  around.append(clear);
  const offerClear = () => { clear.hidden = !input.value; };
  offerClear();

  let flight;
  function put(value) {
    flight?.abort();
    input.value = value;
    // Not an event of typing, which would ask again.
    input.dispatchEvent(new Event('input', { bubbles: true }));
    input.dispatchEvent(new Event('change', { bubbles: true }));
  }

  async function suggest(all) {
    flight?.abort();
    flight = new AbortController();
    const url = new URL(input.dataset.suggestUrl, location.href);
    url.searchParams.set('q', all ? '' : input.value.trim());
    try {
      const answer = await fetch(url, { signal: flight.signal, headers: { Accept: 'application/json' } });
      if (!answer.ok || document.activeElement !== input) return;
      const found = await answer.json();
      // What is typed whole needs no list, which would lie over what comes next.
      if (found.length === 1 && found[0].title === input.value.trim()) return box.close();
      box.show(found.map(option));
      say(found.length === 1 ? '1 suggestion' : `${found.length} suggestions`);
    } catch {}
  }

  input.addEventListener('input', event => {
    offerClear();
    if (!event.inputType) event.stopImmediatePropagation();
  });
  whenTyped(input, () => suggest());
  input.addEventListener('click', () => box.list.hidden && suggest(true));
  input.addEventListener('keydown', event => {
    if (event.isComposing || !box.list.hidden || event.key !== 'ArrowDown') return;
    event.preventDefault();
    suggest(true);
  });
}

function option({ title, path, about }) {
  const row = document.createElement('div');
  row.setAttribute('role', 'option');
  row.dataset.value = title;
  const above = path?.endsWith(` / ${title}`) ? path.slice(0, -title.length - 3) : '';
  for (const [name, text] of [['b', title], ['small', about ?? path], ['span', above]]) {
    if (!text) continue;
    const part = document.createElement(name);
    part.dir = 'auto';
    part.textContent = text;
    row.append(part);
  }
  return row;
}
