// What a module does to a page it must also do to the parts that arrive later: a dialog, a new list.
const fills = [];

export function eachContent(fill) {
  fills.push(fill);
  fill(document);
}

export function arrived(root) {
  for (const fill of fills) fill(root);
}

export const parse = text => new DOMParser().parseFromString(text, 'text/html');

// A live region is only heard if it was there before its words were.
const voice = document.createElement('p');
voice.className = 'sr-only';
voice.setAttribute('role', 'status');
document.body.append(voice);

export function say(words) {
  voice.textContent = '';
  setTimeout(() => { voice.textContent = words; }, 50);
}
