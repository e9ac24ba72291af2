import { formatMoney, type Day } from '../domain/index.ts';

/** Money for reading: whole units from a thousand on, for nobody compares pennies of such sums. */
export function roundMoney(minor: number, currency: string): string {
  const text = formatMoney(minor, currency);
  const [amount = '', code = ''] = text.split(' ');
  const [whole = ''] = amount.split('.');
  return whole.replace(/\D/g, '').length > 3 ? `${whole} ${code}` : text;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** '7 Jan 2026'. */
export function readableDay(day: Day): string {
  const [year = '', month = '', date = ''] = day.split('-');
  return `${Number(date)} ${MONTHS[Number(month) - 1] ?? ''} ${year}`;
}

/** 'Feb', and instead of January the year: a month under an axis. */
export function monthLabel(day: Day): string {
  const [year = '', month = ''] = day.split('-');
  return month === '01' ? year : (MONTHS[Number(month) - 1] ?? '');
}

/** '1 hold', '2 holds', '1,204 holds'. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${thousands(number)} ${number === 1 ? one : many}`;
}

/** '1,204'. */
export const thousands = (number: number): string => String(number).replace(/\B(?=(\d{3})+$)/g, ',');

/** '12 %' of a whole; never 0 or 100 unless it is just that. '0 %' of nothing. */
export function percentOf(part: number, whole: number): string {
  const percent = whole === 0 ? 0 : Math.round((part * 100) / whole);
  if (percent === 0 && part > 0) return 'less than 1 %';
  return percent === 100 && part < whole ? 'more than 99 %' : `${percent} %`;
}
