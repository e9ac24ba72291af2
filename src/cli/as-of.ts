import { Option } from 'commander';
import type { App } from '../app.ts';
import { dayAt, parseDay, type Day } from '../domain/index.ts';
import type { Connection } from '../mirror/index.ts';

/** --as-of, for commands where a day matters. Throws BAD_DAY for what is none. */
export function asOfOption(): Option {
  return new Option(
    '--as-of <day>',
    'the day to look at, YYYY-MM-DD (default: today in the zone of each organisation)',
  ).argParser(parseDay);
}

/** The day asked for, or today where the organisation is. */
export function asOfDay(app: App, connection: Connection, asked: Day | undefined): Day {
  return asked ?? dayAt(app.clock.nowMs(), connection.timeZone);
}
