// Warns before leaving a form[data-unsaved] that was changed and not sent.
const untouched = new WeakMap();
let done = new WeakSet();

const typed = form => new URLSearchParams(new FormData(form)).toString();

document.addEventListener('focusin', event => {
  const form = event.target.form;
  if (form?.matches('[data-unsaved]') && !untouched.has(form)) untouched.set(form, typed(form));
});

export function changed(form) {
  if (!form.matches('[data-unsaved]') || done.has(form)) return false;
  return form.dataset.unsaved === 'changed' || untouched.has(form) && untouched.get(form) !== typed(form);
}

export function settled(form) {
  done.add(form);
}

// At the window, after everyone who might send the form in another way.
addEventListener('submit', event => {
  if (!event.defaultPrevented) settled(event.target);
});

addEventListener('beforeunload', event => {
  if ([...document.forms].some(changed)) event.preventDefault();
});

addEventListener('pageshow', event => {
  if (event.persisted) done = new WeakSet();
});
