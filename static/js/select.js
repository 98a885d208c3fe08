// Rows that are chosen, and what can be done with them.
import { eachContent } from './content.js';

const count = new Intl.NumberFormat(document.documentElement.lang || undefined);
const boxes = form => [...form.querySelectorAll('[data-select]')];
let last;

function show(form) {
  const bar = form.querySelector('[data-bulk]');
  if (!bar) return;
  const rows = boxes(form);
  const chosen = rows.filter(box => box.checked).length;

  const page = form.querySelector('[data-select-page]');
  if (page) {
    page.checked = chosen > 0 && chosen === rows.length;
    page.indeterminate = chosen > 0 && chosen < rows.length;
    page.closest('label').hidden = false;
  }

  const all = bar.querySelector('[data-bulk-all]');
  // As people read it, such as "1,240"; empty when it is not known, but more than these.
  const total = all?.dataset.bulkAll ?? '';
  if (all) {
    const offered = chosen === rows.length && (!total || Number(total.replace(/\D/g, '')) > rows.length);
    all.closest('label').hidden = !offered;
    if (!offered) all.checked = false;
  }

  bar.hidden = chosen === 0;
  bar.classList.toggle('on', chosen > 0);
  const words = bar.querySelector('[data-bulk-count]');
  if (words) words.textContent = `${!all?.checked ? count.format(chosen) : total || 'All that match are'} selected`;
}

document.addEventListener('click', event => {
  const box = event.target;
  if (!box.matches?.('[data-select]')) return;
  if (event.shiftKey && last?.form === box.form && last !== box) {
    const rows = boxes(box.form);
    const [from, to] = [rows.indexOf(last), rows.indexOf(box)].sort((a, b) => a - b);
    for (const row of rows.slice(from, to + 1)) row.checked = box.checked;
  }
  last = box;
});

document.addEventListener('change', event => {
  const box = event.target;
  if (!box.matches('[data-select], [data-select-page], [data-bulk-all]')) return;
  if (box.matches('[data-select-page]')) {
    for (const row of boxes(box.form)) row.checked = box.checked;
  }
  show(box.form);
});

document.addEventListener('reset', event => {
  const form = event.target;
  if (!form.querySelector('[data-bulk]')) return;
  // The boxes are cleared after this event, and the button that had the focus vanishes with the bar.
  setTimeout(() => {
    show(form);
    form.querySelector('[data-select-page]')?.focus();
  });
});

const showAll = root => {
  for (const bar of root.querySelectorAll('[data-bulk]')) show(bar.closest('form'));
};
eachContent(showAll);
// A browser going back puts the ticks back after the scripts ran.
addEventListener('pageshow', () => showAll(document));
