// Lets the server write times in the reader's own zone, and rewrites those of the first page, before it knew.
import { eachContent } from './content.js';

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const secure = location.protocol === 'https:';
const cookie = `${secure ? '__Host-tz' : 'tz'}=${zone}`;
const exact = /, \d\d:\d\d UTC$/;

if (zone && !document.cookie.split('; ').includes(cookie)) {
  document.cookie = `${cookie}; Path=/; SameSite=Lax; Max-Age=31536000${secure ? '; Secure' : ''}`;
  const format = new Intl.DateTimeFormat('en-GB', {
    day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', timeZoneName: 'short',
  });
  eachContent(root => {
    for (const time of root.querySelectorAll('time[datetime]')) {
      const words = format.format(new Date(time.dateTime));
      if (exact.test(time.textContent)) time.textContent = words;
      if (exact.test(time.title)) time.title = words;
    }
  });
}
