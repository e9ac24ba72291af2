import type { StoredMessage } from './mail-store.ts';

/** The inbox as a page: who was written to, when, about what. Newest first. */
export function inboxPage(messages: StoredMessage[]): string {
  const rows = messages.map(inboxRow).join('');
  const list = rows === '' ? '<p class="quiet">No message has arrived yet.</p>' : table(rows);
  const count = messages.length === 1 ? '1 message' : `${String(messages.length)} messages`;
  const heading = `<header><h1>Inbox</h1><p class="quiet">${count} received by the emulated mail server</p></header>`;
  return page('Inbox', `${heading}${list}`, '<meta http-equiv="refresh" content="10">');
}

/** One message: its HTML shut in a sandbox without scripts, its text, its headers. */
export function messagePage(message: StoredMessage): string {
  const facts = definitions([
    ['To', message.recipients.join(', ')],
    ['From', message.from],
    ['Received', worldTime(message.receivedMs)],
    ['Message-ID', message.messageId],
  ]);
  const text = `<section><h2>Text</h2><pre>${escape(message.text)}</pre></section>`;
  const headers = message.headers.map(({ name, value }) => `${name}: ${value}`).join('\n');
  const source = `<p><a href="/messages/${String(message.seq)}/raw">Source</a></p>`;
  const details = `<details><summary>Headers</summary><pre>${escape(headers)}</pre>${source}</details>`;
  const subject = escape(subjectOf(message));
  return page(
    subjectOf(message),
    `<p><a href="/">← Inbox</a></p><header><h1>${subject}</h1></header>${facts}${frame(message)}${text}${details}`,
  );
}

/**
 * Messages are untrusted: the frame has no scripts and no origin. Links open beside the inbox, so that the online
 * invoice in a reminder can be followed.
 */
function frame({ html }: StoredMessage): string {
  if (html === '') return '';
  const document = `<base target="_blank">${html}`;
  const sandbox = 'allow-popups allow-popups-to-escape-sandbox';
  return `<section><h2>As shown</h2><iframe sandbox="${sandbox}" title="Message" srcdoc="${escape(document)}"></iframe></section>`;
}

function table(rows: string): string {
  const head = '<tr><th>Received</th><th>To</th><th>Subject</th></tr>';
  return `<table><thead>${head}</thead><tbody>${rows}</tbody></table>`;
}

function inboxRow(message: StoredMessage): string {
  const link = `<a href="/messages/${String(message.seq)}">${escape(subjectOf(message))}</a>`;
  const preview = escape(message.text.replace(/\s+/g, ' ').trim().slice(0, 110));
  const when = `<td class="when">${worldTime(message.receivedMs)}</td>`;
  const to = `<td>${message.recipients.map(escape).join('<br>')}</td>`;
  return `<tr>${when}${to}<td>${link}<br><span class="quiet">${preview}</span></td></tr>`;
}

function definitions(pairs: [string, string][]): string {
  const items = pairs.map(([name, value]) => `<dt>${name}</dt><dd>${escape(value)}</dd>`);
  return `<dl>${items.join('')}</dl>`;
}

function subjectOf(message: StoredMessage): string {
  return message.subject === '' ? '(no subject)' : message.subject;
}

/** The world's own time, in UTC because the inbox belongs to no company. */
function worldTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function escape(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

function page(title: string, body: string, head = ''): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">${head}
<title>${escape(title)}</title><style>${STYLE}</style></head><body><main>${body}</main></body></html>`;
}

const STYLE = `
  :root { color-scheme: light; --ink: #1d2433; --quiet: #667085; --line: #e4e7ec; --link: #1849a9; }
  * { box-sizing: border-box; }
  body { margin: 0; background: #f5f6f8; color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
  main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
  header { margin: 0 0 1.25rem; }
  h1 { margin: 0; font-size: 1.5rem; line-height: 1.25; overflow-wrap: anywhere; }
  h2 { margin: 1.75rem 0 .5rem; color: var(--quiet); font-size: .85rem; font-weight: 600; }
  p { margin: .25rem 0; }
  a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
  .quiet { color: var(--quiet); }
  table, dl, pre, iframe, details { width: 100%; background: #fff; border: 1px solid var(--line); border-radius: 8px; }
  table { border-spacing: 0; overflow: hidden; }
  th, td { padding: .7rem .9rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
  th { color: var(--quiet); font-size: .8rem; font-weight: 600; background: #fafbfc; }
  tbody td { border-top: 1px solid var(--line); }
  tbody tr:hover { background: #fafbff; }
  .when { width: 1%; white-space: nowrap; color: var(--quiet); font-variant-numeric: tabular-nums; }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.25rem; margin: 0; padding: .9rem 1rem; }
  dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
  pre { margin: 0; padding: 1rem; white-space: pre-wrap; overflow-wrap: anywhere; font: 13px/1.5 ui-monospace, monospace; }
  iframe { height: 26rem; }
  details { margin-top: 1.75rem; padding: .75rem 1rem; } details pre { margin: .75rem 0; border: 0; padding: 0; }
  summary { cursor: pointer; color: var(--quiet); }
  @media (max-width: 44rem) {
    thead { display: none; }
    tbody td { display: block; padding: .15rem .9rem; border: 0; }
    tbody tr { display: block; padding: .6rem 0; } tbody tr + tr { border-top: 1px solid var(--line); }
    .when { width: auto; }
  }
`;
