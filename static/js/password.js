// Lets one see what was typed into a password field.
import { eachContent } from './content.js';

eachContent(root => {
  for (const input of root.querySelectorAll('input[type=password]')) {
    const what = (input.labels[0]?.textContent.trim() || 'password').replace(' *', '').replace(/^./, letter => letter.toLowerCase());
    const join = document.createElement('div');
    const button = document.createElement('button');
    const focused = document.activeElement === input;
    join.className = 'join';
    button.type = 'button';
    button.className = 'btn';
    const show = shown => {
      input.type = shown ? 'text' : 'password';
      button.textContent = `${shown ? 'Hide' : 'Show'} ${what}`;
    };
    input.before(join);
    join.append(input, button);
    show(false);
    if (focused) input.focus();
    button.addEventListener('click', () => show(input.type === 'password'));
    // Password managers know what is sent by its type.
    input.form?.addEventListener('submit', () => show(false));
  }
});
