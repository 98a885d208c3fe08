const apple = /Mac|iPhone|iPad/.test(navigator.platform);

for (const kbd of document.querySelectorAll('[data-mod]')) {
  if (apple) kbd.textContent = kbd.textContent.replace('Ctrl ', '⌘');
}

document.addEventListener('keydown', event => {
  if (event.isComposing || event.altKey) return;
  const mod = apple ? event.metaKey : event.ctrlKey;
  if (mod && event.key.toLowerCase() === 'k' && !event.shiftKey) {
    const field = document.querySelector('[data-global-search]');
    if (!field || document.querySelector('dialog[open]')) return;
    event.preventDefault();
    field.focus();
    field.select();
  } else if ((event.ctrlKey || event.metaKey) && event.key === 'Enter') {
    const form = event.target.form;
    // In a form with several buttons the first is the one that Enter means, and its value must go with it.
    const button = [...form?.elements ?? []].find(el => el.type === 'submit');
    if (!form || event.target === button) return;
    event.preventDefault();
    form.requestSubmit(button);
  } else if (event.key === 'Escape') {
    const menu = document.querySelector('details.menu[open]');
    if (!menu) return;
    menu.open = false;
    menu.querySelector('summary').focus();
  }
});

// A menu closes behind whoever leaves it.
for (const kind of ['click', 'focusin']) {
  document.addEventListener(kind, event => {
    for (const menu of document.querySelectorAll('details.menu[open]')) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
}
