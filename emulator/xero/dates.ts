import { DateTime } from 'luxon';

/** An instant as Xero writes it: `/Date(1539993600000+0000)/`. */
export function msDate(instantMs: number): string {
  return `/Date(${String(Math.floor(instantMs))}+0000)/`;
}

/** A calendar day as Xero writes it: that day's midnight in UTC. */
export function dayDate(day: string): string {
  return msDate(Date.parse(`${day}T00:00:00Z`));
}

/** The ISO sibling of a day: '2018-10-20T00:00:00'. */
export function dayString(day: string): string {
  return `${day}T00:00:00`;
}

/** The ISO sibling of an update instant, cut to seconds: '2018-11-02T16:31:30Z'. */
export function instantString(instantMs: number): string {
  return `${new Date(instantMs).toISOString().slice(0, 19)}Z`;
}

/** Epoch ms in a `/Date(ms+0000)/` or `/Date(ms)/`; undefined when it is none. */
export function parseMsDate(value: unknown): number | undefined {
  const match = /^\/Date\((-?\d+)/.exec(typeof value === 'string' ? value : '');
  return match ? Number(match[1]) : undefined;
}

/** 'YYYY-MM-DD' of a day as Xero writes it. */
export function dayOf(value: unknown): string | undefined {
  const instantMs = parseMsDate(value);
  return instantMs === undefined ? undefined : new Date(instantMs).toISOString().slice(0, 10);
}

/** The calendar day in a zone at an instant, 'YYYY-MM-DD'. */
export function localDay(instantMs: number, timeZone: string): string {
  return DateTime.fromMillis(instantMs, { zone: timeZone }).toFormat('yyyy-MM-dd');
}
