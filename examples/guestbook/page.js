const escapes = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escape = text =>
  String(text).replace(/[&<>"']/g, character => escapes[character]);

function entry({ name, message, writtenAt }) {
  return `<li class="entry">
      <p class="message">${escape(message)}</p>
      <p class="byline">${escape(
        name,
      )}, <time datetime="${writtenAt.toISOString()}">${writtenAt
    .toISOString()
    .slice(0, 16)
    .replace('T', ' ')} UTC</time></p>
    </li>`;
}

/** The whole page: the form, what was written so far, and why the last entry was refused, if it was. */
export function page({ entries, visits, version, problem }) {
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Guestbook</title>
  <link rel="stylesheet" href="/style.css">
</head>
<body>
  <main>
    <h1>Guestbook</h1>
    <form method="post" action="/entries">
      ${problem ? `<p class="problem" role="alert">${escape(problem)}</p>` : ''}
      <label for="name">Your name</label>
      <input id="name" name="name" required maxlength="80" autocomplete="name">
      <label for="message">Your message</label>
      <textarea id="message" name="message" required maxlength="500" rows="3"></textarea>
      <button type="submit">Sign the guestbook</button>
    </form>
    <h2>${entries.length === 0 ? 'Nobody has signed yet' : 'Entries'}</h2>
    <ul aria-label="Entries">${entries.map(entry).join('')}</ul>
  </main>
  <footer>Version ${escape(version)}, visit number ${visits}</footer>
</body>
</html>
`;
}
