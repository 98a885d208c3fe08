// Points out a likely slip in the domain of an e-mail address. It never refuses: the person knows best.
const providers = ['gmail.com', 'googlemail.com', 'hotmail.com', 'outlook.com', 'yahoo.com', 'icloud.com',
  'protonmail.com', 'proton.me', 'hotmail.co.uk', 'yahoo.co.uk', 'comcast.net', 'verizon.net', 'yandex.ru'];
// Real ones that look like a slip of another.
const fine = ['mail.com', 'email.com', 'ymail.com', 'gmx.com', 'hotmail.fr', 'hotmail.de', 'hotmail.it', 'hotmail.es',
  'yahoo.fr', 'yahoo.de', 'yahoo.it', 'yahoo.es', 'yahoo.ca', 'outlook.fr', 'outlook.de', 'outlook.it', 'outlook.es'];

// Letters added, left out, mistaken, or swapped with their neighbour.
function slips(a, b) {
  const d = Array.from({ length: a.length + 1 }, (_, i) => [i]);
  for (let j = 1; j <= b.length; j++) d[0][j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      d[i][j] = Math.min(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] !== b[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.length][b.length];
}

export function meant(address) {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1).toLowerCase();
  if (at < 1 || domain.length < 6 || providers.includes(domain) || fine.includes(domain)) return;
  const near = providers
    .map(provider => [slips(domain, provider), provider])
    .filter(([n, provider]) => n <= (provider.length > 8 && domain[0] === provider[0] ? 2 : 1))
    .sort(([a], [b]) => a - b)[0];
  return near && address.slice(0, at + 1) + near[1];
}

function place(input) {
  const field = input.closest('.field') ?? input.parentElement;
  let line = field.querySelector('.suggest');
  if (!line) {
    line = document.createElement('p');
    line.className = 'suggest';
    line.setAttribute('role', 'status');
    field.append(line);
  }
  return line;
}

// What appears while a button is pressed would move the button away from under the pointer, and lose the click.
let pressed = false;
for (const kind of ['pointerdown', 'pointerup', 'pointercancel']) {
  addEventListener(kind, () => { pressed = kind === 'pointerdown'; }, true);
}
const released = then => pressed ? addEventListener('pointerup', () => setTimeout(then), { once: true }) : then();

const isEmail = el => el.matches?.('input[type=email]');

document.addEventListener('focusin', event => {
  if (isEmail(event.target)) place(event.target);
});

document.addEventListener('input', event => {
  if (isEmail(event.target)) place(event.target).replaceChildren();
});

document.addEventListener('change', event => {
  const input = event.target;
  if (!isEmail(input)) return;
  const better = meant(input.value.trim());
  const line = place(input);
  if (!better) return line.replaceChildren();
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'link';
  button.textContent = better;
  button.addEventListener('click', () => {
    input.value = better;
    line.replaceChildren();
    input.focus();
  });
  released(() => line.replaceChildren('Did you mean ', button, '?'));
});
