import { eachContent } from './content.js';
import './combobox.js';
import './copy.js';
import './dialog.js';
import './email.js';
import './finder.js';
import './job.js';
import './keys.js';
import './password.js';
import './search.js';
import './select.js';
import './summary.js';
import './timezone.js';
import './unsaved.js';

eachContent(root => {
  for (const el of root.querySelectorAll('[data-no-script]')) el.hidden = true;
});
