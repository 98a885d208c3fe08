// Fills the datalist of input[data-suggest-url] with what the server finds for the words so far.
let timer, flight;

document.addEventListener('input', event => {
  const input = event.target;
  if (!input.matches?.('input[list][data-suggest-url]')) return;
  clearTimeout(timer);
  flight?.abort();
  // Taking one of the options is an input too, and needs no new ones.
  if (!event.inputType || event.inputType === 'insertReplacementText') return;
  timer = setTimeout(suggest, 200, input);
});

async function suggest(input) {
  const url = new URL(input.dataset.suggestUrl, location.href);
  url.searchParams.set('q', input.value.trim());
  flight = new AbortController();
  try {
    const answer = await fetch(url, { signal: flight.signal, headers: { Accept: 'application/json' } });
    if (!answer.ok) return;
    const found = await answer.json();
    input.list?.replaceChildren(...found.map(({ title, path }) => {
      const option = document.createElement('option');
      option.value = title;
      if (path) option.label = path;
      return option;
    }));
  } catch {}
}
