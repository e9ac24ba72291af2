import type { SyncForecast } from '../domain/index.ts';

/** 'about 43,000 rows in 52 calls, about 1 minute; 4,900 calls are left today', and what follows when those are too few. */
export function forecastText({ rows, calls, minutes, callsLeftToday }: SyncForecast): string {
  const number = (value: number): string => value.toLocaleString('en-GB');
  const total = rows.reduce((sum, stream) => sum + stream.rows, 0);
  const time = minutes === 0 ? 'less than a minute' : `about ${counted(minutes, 'minute')}`;
  const cost = `about ${number(total)} rows in ${counted(calls, 'call')}, ${time}`;
  if (callsLeftToday === null) return `${cost}.`;
  const left = `${cost}; ${number(callsLeftToday)} calls are left today.`;
  if (calls <= callsLeftToday) return left;
  return `${left} That is not enough: it stops when they are used up and goes on by itself tomorrow.`;
}

const counted = (count: number, what: string): string =>
  `${count.toLocaleString('en-GB')} ${what}${count === 1 ? '' : 's'}`;
