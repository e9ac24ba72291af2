import { DateTime } from 'luxon';
import { formatMoney, type Day, type PlatformName } from '../domain/index.ts';
import type { Standing } from '../policy/index.ts';
import type { Flag, RuleName } from '../rules/index.ts';
import { html, type Html } from './html.ts';

export const PLATFORM_NAMES: Readonly<Record<PlatformName, string>> = {
  xero: 'Xero',
  quickbooks: 'QuickBooks',
};

/** Rules in the order in which they are counted on a page. */
export const RULE_NAMES: Readonly<Record<RuleName, string>> = {
  'over-limit': 'Over limit',
  'group-over-limit': 'Group over limit',
  'near-limit': 'Near limit',
  'group-near-limit': 'Group near limit',
  overdue: 'Overdue',
  'cash-only': 'Cash only',
  unassessed: 'No limit set',
  'cannot-decide': 'Cannot be judged',
};

export const STANDING_NAMES: Readonly<Record<Standing | 'info', string>> = {
  info: 'Info',
  clear: 'Clear',
  watch: 'Watch',
  'approve-first': 'Approve first',
  prepay: 'Prepay',
  hold: 'Hold',
  stop: 'Stop',
};

const SEVERITIES: readonly Flag['severity'][] = [
  'info',
  'clear',
  'watch',
  'approve-first',
  'prepay',
  'hold',
  'stop',
];

/** Most severe first, then the larger figure; ties by customer, so that a page looks the same twice. */
export function compareFlags(a: Flag, b: Flag): number {
  const bySeverity = SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity);
  if (bySeverity !== 0) return bySeverity;
  const byFigure = (b.figureMinor ?? -1) - (a.figureMinor ?? -1);
  return byFigure !== 0 ? byFigure : a.customerId < b.customerId ? -1 : 1;
}

/** '1,240.00' without its currency, for columns that name it once; '–' for what is not known. */
export function amount(minor: number | null, currency: string): string {
  return minor === null ? '–' : formatMoney(minor, currency).replace(/ \S+$/, '');
}

/** 'just now', '12 minutes ago', '3 hours ago', '2 days ago'. */
export function ageInWords(ageMs: number): string {
  const minutes = Math.floor(ageMs / 60_000);
  if (minutes < 2) return 'just now';
  if (minutes < 90) return `${minutes} minutes ago`;
  const hours = Math.round(minutes / 60);
  if (hours < 36) return `${hours} hours ago`;
  return `${Math.round(hours / 24)} days ago`;
}

/** An instant in a zone, for people and machines: Wed 11 Mar 2026, 02:01 GMT. */
export function moment(instantMs: number, timeZone: string): Html {
  const time = DateTime.fromMillis(instantMs, { zone: timeZone }).setLocale('en-GB');
  const text = `${time.toFormat('ccc d LLL yyyy, HH:mm')} ${zoneName(time)}`;
  return html`<time datetime="${time.toUTC().toISO()}">${text}</time>`;
}

/** What people call the zone: each English locale knows only its own abbreviations, and says GMT-5 for the others. */
function zoneName(time: DateTime): string {
  const names = ['en-GB', 'en-US', 'en-AU', 'en-NZ', 'en-ZA', 'en-IN'].map((locale) =>
    time.toFormat('ZZZZ', { locale }),
  );
  return names.find((name) => !/^GMT[+-]/.test(name)) ?? names[0] ?? '';
}

/** Wednesday 11 March 2026. */
export function longDay(day: Day): string {
  return DateTime.fromISO(day, { zone: 'utc' }).setLocale('en-GB').toFormat('cccc d LLLL yyyy');
}

/** 'no holds', '1 hold', '12 holds'. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number === 0 ? 'no' : number.toLocaleString('en-GB')} ${number === 1 ? one : many}`;
}
