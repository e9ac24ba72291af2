import type { App } from '../../app.ts';
import { addDays, dayAt, instantAt, weekday, type Day } from '../../domain/index.ts';
import type { Connection } from '../../mirror/index.ts';
import { isOpen, nextOpening, windowOf, type DispatchWindow } from '../../reminders/index.ts';
import type { EmulatorProcess } from '../emulator-process.ts';

const NIGHT = '02:30';

/** Moves the emulated world to an instant, and Holdfast with it. Time never goes back. */
export async function moveTo(app: App, emulator: EmulatorProcess, instantMs: number): Promise<void> {
  const wanted = Math.max(instantMs, app.clock.nowMs());
  const { offsetMs } = await emulator.setClock(wanted);
  app.clock.setOffset(Math.round(offsetMs));
}

/** The next working day's night: the instant at which it is 02:30 or later in all zones, and that day in each. */
export function nextNight(zones: string[], nowMs: number): number {
  const [first = 'UTC'] = zones;
  let day: Day = addDays(dayAt(nowMs, first), 1);
  while (weekday(day) > 5) day = addDays(day, 1);
  return Math.max(...zones.map((zone) => instantAt(day, NIGHT, zone)));
}

/** The first instant at or after now at which every company's dispatch window is open; null when there is none. */
export function commonOpening(app: App, connections: Connection[]): number | null {
  const policy = app.policy();
  const windows = connections.map((connection) => windowOf(policy, connection.timeZone));
  return firstCommon(windows, app.clock.nowMs());
}

function firstCommon(windows: DispatchWindow[], nowMs: number): number | null {
  let at = nowMs;
  // Each round moves past at least one closed window; a week of them is more than any overlap needs.
  for (let round = 0; round < windows.length * 14; round += 1) {
    const closed = windows.find((window) => !isOpen(window, at));
    if (closed === undefined) return at;
    at = nextOpening(closed, at);
  }
  return null;
}
