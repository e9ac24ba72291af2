import { IANAZone } from 'luxon';

const zones = new Map<string, { zone: IANAZone; offsets: Map<number, number> }>();
const quarterMs = 15 * 60_000;

/** The zone that Intuit's own servers stamp with. */
export const pacificZone = 'America/Los_Angeles';

/** An instant (epoch ms) as QuickBooks stamps it, to the second: '2026-05-05T03:13:07-07:00'. */
export function stamp(ms: number, zone: string): string {
  return format(ms, zone, 19);
}

/** The same with milliseconds, as in a reply's `time`. */
export function stampWithMs(ms: number, zone: string): string {
  return format(ms, zone, 23);
}

/** The instant of a time of day in a zone; `day` is YYYY-MM-DD. In a DST gap it is the hour after. */
export function instantOf(day: string, hour: number, zone: string): number {
  const asUtc = Date.parse(`${day}T00:00:00Z`) + hour * 3_600_000;
  return asUtc - offsetMinutes(asUtc, zone) * 60_000;
}

/** The calendar day of an instant in a zone, YYYY-MM-DD. */
export function dayOf(ms: number, zone: string): string {
  return format(ms, zone, 10);
}

/** An ISO 8601 instant as epoch ms; a day or a time without an offset is in `zone`. NaN when it is none. */
export function parseInstant(text: string, zone: string): number {
  if (/(Z|[+-]\d\d:?\d\d)$/i.test(text) && text.includes('T')) return Date.parse(text);
  const local = Date.parse(`${text.includes('T') ? text : `${text}T00:00:00`}Z`);
  return local - offsetMinutes(local, zone) * 60_000;
}

function format(ms: number, zone: string, length: number): string {
  const minutes = offsetMinutes(ms, zone);
  const local = new Date(ms + minutes * 60_000).toISOString().slice(0, length);
  return length > 10 ? local + offsetText(minutes) : local;
}

function offsetText(minutes: number): string {
  const size = Math.abs(minutes);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

// Offsets change on quarters of an hour; a million stamps ask the time zone data for some thousands of them.
function offsetMinutes(ms: number, name: string): number {
  if (Number.isNaN(ms)) return 0;
  let known = zones.get(name);
  if (!known) zones.set(name, (known = { zone: IANAZone.create(name), offsets: new Map() }));
  const quarter = Math.floor(ms / quarterMs);
  let offset = known.offsets.get(quarter);
  if (offset === undefined) known.offsets.set(quarter, (offset = Math.round(known.zone.offset(ms))));
  return offset;
}
