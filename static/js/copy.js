import { eachContent, say } from './content.js';

eachContent(root => {
  for (const button of root.querySelectorAll('button[data-copy]')) button.hidden = false;
});

function select(source) {
  if (source.select) return source.select();
  getSelection().selectAllChildren(source);
}

document.addEventListener('click', async event => {
  const button = event.target.closest?.('button[data-copy]');
  const source = button && document.querySelector(button.dataset.copy);
  if (!source) return;
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
  } catch {
    // Without a secure address there is no clipboard: leave it selected for Ctrl+C.
    return select(source);
  }
  const word = button.querySelector('span') ?? button;
  button.dataset.word ??= word.textContent;
  word.textContent = 'Copied';
  say('Copied');
  setTimeout(() => { word.textContent = button.dataset.word; }, 2000);
});
