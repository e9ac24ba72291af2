import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StoredMessage } from '../../emulator/mail/index.ts';
import { startWeb } from '../../src/web/index.ts';
import { rewrite } from './data-records.ts';
import { bill, smallBook } from '../support/small-book.ts';
import { CommandLine } from '../support/command-line.ts';
import { startWorld, type World } from '../support/world.ts';

/** Names that people and programs have put into books. */
const NAMES: [what: string, name: string][] = [
  ['text that turns to the left', 'abc\u202Egnp.exe\u202C'],
  ['a NUL inside', 'A\u0000B'],
  ['an emoji of several parts', 'Caf\u00E9 \u{1F469}\u200D\u{1F52C} \u{1F3F4}\u{E0067}\u{E0062}\u{E007F}'],
  ['an accent of its own', 'Cafe\u0301'],
  ['HTML', '<img src=x onerror=alert(1)>"\'&amp;</td><script>x()</script>'],
  ['a template', '{{ customer.emails | first }} {% raw %} ${1+1} <%= 7*7 %>'],
  ['SQL', "Robert'); DROP TABLE customer;--"],
  ['a formula', '=HYPERLINK("http://evil.example","x")'],
  ['a formula that begins with a tab', '\t=1+1'],
  ['line ends and a header', 'Ash\r\nBcc: other@evil.example'],
  ['a terminal\u2019s orders', '\u001B[2J\u001B]0;owned\u0007'],
  ['nothing but spaces', '   '],
  ['a prototype\u2019s name', '__proto__'],
];
const HALF: [what: string, name: string][] = [
  ['the first half of an emoji', 'Ash \uD83D'],
  ['the second half of one', '\uDE00 Ash'],
];

/** Every name in one company's books, a customer and an invoice each. */
const ALL = [...NAMES, ...HALF].map(([what, name], index) => ({
  what,
  name,
  plain: `Plain ${letter(index)}`,
}));

describe.each(['xero', 'quickbooks'] as const)('a name on %s', (platform) => {
  let world: World;
  let pages: string[] = [];
  let mails: StoredMessage[] = [];

  beforeAll(async () => {
    const debtors = ALL.map(({ plain }, index) => ({ name: plain, bills: [bill(`I${index}`, 2, 700_00)] }));
    world = await startWorld({ [platform]: [smallBook('harbour', debtors)] });
    for (const [index, { plain, name }] of ALL.entries()) rename(plain, `I${index}`, name);
    world.pass(60_000);
    await world.night();
    await world.dispatch();
    mails = await world.inbox();
    const door = await startWeb(world.app, { port: 0 });
    const ask = async (path: string): Promise<string> => (await fetch(`${door.url}${path}`)).text();
    pages = [await ask('/'), await ask(`/connections/${world.ids[0]}`)];
    await door.close();
  });
  afterAll(() => world.close());

  const rename = (customer: string, invoice: string, name: string): void => {
    rewrite(world, 'customer', customer, (record) => {
      if (platform === 'xero') record['Name'] = name;
      else Object.assign(record, { DisplayName: name, FullyQualifiedName: name });
    });
    rewrite(world, 'invoice', invoice, (record) => {
      record[platform === 'xero' ? 'InvoiceNumber' : 'DocNumber'] = `${invoice} ${name}`;
    });
  };
  const addressOf = (index: number): string => `accounts@plain-${letter(index).toLowerCase()}.example`;

  it.each(ALL)('fault 38: with $what is stored byte for byte', ({ name }) => {
    const file = new Database(world.app.store.file, { readonly: true });
    const index = ALL.findIndex((one) => one.name === name);
    // Half a letter cannot be written in UTF-8: it is marked where it was.
    const kept = name.toWellFormed();
    const emails = JSON.stringify([addressOf(index)]);
    const customer = file
      .prepare('SELECT CAST(name AS BLOB) FROM customer WHERE emails = ?')
      .pluck()
      .get(emails);
    expect((customer as Buffer).equals(Buffer.from(kept, 'utf8'))).toBe(true);
    const numbers = file.prepare('SELECT number FROM invoice').pluck().all();
    expect(numbers).toContain(`I${index} ${kept}`);
    file.close();
  });

  it('fault 38: of any of these kinds is no change when it is read again', async () => {
    // A hold of ours changes the customer on QuickBooks, which the next run sees.
    await world.sync();
    const file = new Database(world.app.store.file, { readonly: true });
    const before = file.prepare('SELECT count(*) FROM row_history').pluck().get();
    await world.sync(world.ids[0], { full: true });
    expect(file.prepare('SELECT count(*) FROM row_history').pluck().get()).toBe(before);
    file.close();
  });

  it.each(ALL)('fault 38: with $what does no harm in a message', ({ name }) => {
    const index = ALL.findIndex((one) => one.name === name);
    const [mail, ...others] = mails.filter((one) => one.recipients.includes(addressOf(index)));
    expect(others).toEqual([]);
    expect(mail?.recipients).toEqual([addressOf(index)]);
    expect(mail?.headers.filter((header) => header.name.toLowerCase() === 'bcc')).toEqual([]);
    expect(mail?.subject).not.toMatch(/\p{Cc}/u);
    expect(mail?.html).not.toMatch(/<img src=x|<script>x/);
    if (name.includes('{{')) expect(mail?.text).toContain(`Dear ${name}`);
  });

  it('fault 38: of any of these kinds does no harm on a page', () => {
    for (const page of pages) {
      expect(page).toContain('DROP TABLE customer');
      expect(page).not.toMatch(/<img src=x|<script>x|[^\P{Cc}\t\r\n]/u);
    }
  });

  it('fault 38: and its orders to a terminal are not obeyed by any table', async () => {
    const terminal = new CommandLine(world.env);
    const offset = String(Math.round(world.emulator.clock.offsetMs()));
    let shown = '';
    for (const words of [['flags', world.ids[0]!], ['facts', world.ids[0]!], ['outbox']]) {
      const answer = await terminal.runWith({ HOLDFAST_CLOCK_OFFSET_MS: offset }, ...words);
      expect(answer, answer.stderr).toMatchObject({ code: 0 });
      shown += answer.stdout;
    }
    terminal.remove();
    expect(shown).toContain('owned');
    expect(shown).not.toMatch(/[^\P{Cc}\n]|\u202E/u);
  });
});

function letter(index: number): string {
  return String.fromCharCode(65 + index);
}
