import { readFileSync } from 'node:fs';
import { Liquid } from 'liquidjs';
import { daysBetween, formatMoney, type Day } from '../domain/index.ts';
import { toneOf } from './tones.ts';

/** One open invoice as the debtor sees it. Minor units. */
export interface ReminderItem {
  number: string;
  issueDate: Day;
  dueDate: Day;
  currency: string;
  openMinor: number;
  /** Where it can be seen and paid; null when there is no such page. */
  url: string | null;
}

export interface ReminderCredit {
  kind: string;
  number: string;
  date: Day;
  currency: string;
  openMinor: number;
}

export interface ReminderLetter {
  company: string;
  customer: string;
  asOf: Day;
  step: number;
  /** Which message of the episode this is, counted from 0. */
  position: number;
  items: ReminderItem[];
  credits: ReminderCredit[];
}

export interface RenderedMessage {
  subject: string;
  text: string;
  html: string;
}

const OPTIONS = { strictVariables: true, strictFilters: true, ownPropertyOnly: true } as const;
const plain = new Liquid(OPTIONS);
const escaped = new Liquid({ ...OPTIONS, outputEscape: 'escape' });
const TEXT = plain.parse(template('reminder.txt.liquid'));
const HTML = escaped.parse(template('reminder.html.liquid'));

/** The letter as subject, text and HTML. Pure; the same letter gives the same bytes. Customer text is escaped. */
export function renderReminder(letter: ReminderLetter): RenderedMessage {
  const tone = toneOf(letter.step, letter.position);
  const groups = groupsOf(letter);
  const total = groups.map((group) => group.total).join(' and ');
  const subject = `${tone.subject.replace('{total}', total)} (${oneLine(letter.company)})`;
  const scope = {
    subject,
    groups,
    company: oneLine(letter.company),
    customer: oneLine(letter.customer),
    opening: tone.opening,
    closing: tone.closing,
  };
  return {
    subject,
    text: String(plain.renderSync(TEXT, scope)).replace(/\n{3,}/g, '\n\n'),
    html: String(escaped.renderSync(HTML, scope)),
  };
}

/** Never one sum over several currencies: each has its own table. */
function groupsOf(letter: ReminderLetter) {
  const currencies = [...new Set(letter.items.map((item) => item.currency))].sort();
  return currencies.map((currency) => {
    const items = letter.items.filter((item) => item.currency === currency);
    const credits = letter.credits.filter((credit) => credit.currency === currency);
    const sum = (some: { openMinor: number }[]): number =>
      some.reduce((total, one) => total + one.openMinor, 0);
    return {
      items: items.map((item) => ({
        number: oneLine(item.number),
        issueDate: item.issueDate,
        dueDate: item.dueDate,
        daysOverdue: daysBetween(item.dueDate, letter.asOf),
        open: formatMoney(item.openMinor, currency),
        url: item.url,
      })),
      credits: credits.map((credit) => ({
        label: LABELS[credit.kind] ?? 'credit',
        number: oneLine(credit.number),
        date: credit.date,
        open: formatMoney(credit.openMinor, currency),
      })),
      total: formatMoney(sum(items) - sum(credits), currency),
    };
  });
}

const LABELS: Readonly<Record<string, string>> = {
  'credit-note': 'credit note',
  overpayment: 'overpayment',
  prepayment: 'prepayment',
  'unapplied-payment': 'payment not yet allocated',
};

/** Names go into headers and single lines: control characters, line breaks and direction overrides go. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069\u2028\u2029]+/gu, ' ').trim();
}

function template(name: string): string {
  return readFileSync(new URL(`./templates/${name}`, import.meta.url), 'utf8');
}
