// A list of suggestions below a field: arrows, Enter and Escape, by mouse as well. Who opens it says what is in it.
let made = 0;

export class Listbox {
  // `choose` is called with the option that is chosen, `first` tells whether the first one is from the start.
  constructor(input, { label, choose, first = false }) {
    Object.assign(this, { input, choose, first });
    this.list = document.createElement('div');
    this.list.id = `listbox-${++made}`;
    this.list.className = 'listbox';
    this.list.hidden = true;
    this.list.setAttribute('role', 'listbox');
    this.list.setAttribute('aria-label', label);
    for (const [name, value] of Object.entries({ role: 'combobox', 'aria-autocomplete': 'list',
      'aria-expanded': 'false', 'aria-controls': this.list.id, autocomplete: 'off' })) input.setAttribute(name, value);
    input.parentElement.append(this.list);
    input.addEventListener('keydown', event => this.key(event));
    input.addEventListener('blur', () => this.close());
    // The field keeps the focus.
    this.list.addEventListener('pointerdown', event => event.preventDefault());
    this.list.addEventListener('click', event => {
      const option = event.target.closest('[role=option]');
      if (option && !(event.ctrlKey || event.metaKey || event.shiftKey)) this.take(option, event);
    });
  }

  get options() { return [...this.list.querySelectorAll('[role=option]')]; }
  get active() { return this.list.querySelector('[aria-selected=true]'); }

  show(children) {
    this.list.replaceChildren(...children);
    this.options.forEach((option, at) => {
      option.id = `${this.list.id}-${at}`;
      option.setAttribute('aria-selected', 'false');
    });
    this.list.hidden = !children.length;
    this.input.setAttribute('aria-expanded', String(!this.list.hidden));
    this.activate(this.first ? this.options[0] : undefined);
  }

  close() {
    if (!this.list.hidden) this.show([]);
  }

  activate(option) {
    this.active?.setAttribute('aria-selected', 'false');
    option?.setAttribute('aria-selected', 'true');
    if (option) this.input.setAttribute('aria-activedescendant', option.id);
    else this.input.removeAttribute('aria-activedescendant');
    option?.scrollIntoView({ block: 'nearest' });
  }

  take(option, event) {
    event.preventDefault();
    this.choose(option);
    this.close();
  }

  key(event) {
    if (event.isComposing || this.list.hidden || event.altKey || event.ctrlKey || event.metaKey) return;
    const { options, active } = this;
    const at = options.indexOf(active);
    if (event.key === 'ArrowDown') this.activate(options[(at + 1) % options.length]);
    else if (event.key === 'ArrowUp') this.activate(options.at(at < 1 ? -1 : at - 1));
    else if (event.key === 'Enter' && active) return this.take(active, event);
    else if (event.key === 'Escape') this.close();
    else return;
    event.preventDefault();
    // A dialog around it stays open.
    event.stopPropagation();
  }
}

// Calls `ask` a little after the last letter; what an input method has not finished is waited for.
export function whenTyped(input, ask, pause = 200) {
  let timer;
  const later = event => {
    clearTimeout(timer);
    if (!event.isComposing) timer = setTimeout(ask, pause);
  };
  input.addEventListener('input', later);
  input.addEventListener('compositionend', later);
}
