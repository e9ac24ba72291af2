import { z } from 'zod';
import type { App } from '../app.ts';
import { readBudget, type Connection } from '../mirror/index.ts';

/** Calls of a connection since midnight UTC, when the platforms' days turn. */
export interface CallsToday {
  used: number;
  /** Null without a limit, or while none is known. */
  left: number | null;
}

/** The part of a connector's call counts that pages show; whatever else is in there is the connector's business. */
const counts = z.object({
  day: z.string(),
  dayCount: z.number(),
  dayLeft: z.number().nullable(),
  dayOverUntilMs: z.number().default(0),
});

/** Null before the first call, or when the counts cannot be read. */
export async function readCallsToday(app: App, { id, platform }: Connection): Promise<CallsToday | null> {
  const budget = await readBudget(app.store.reader, id);
  const known = budget === null ? undefined : counts.safeParse(parse(budget.state)).data;
  if (known === undefined) return null;
  const nowMs = app.clock.nowMs();
  const perDay = platform === 'xero' ? (app.config.xero?.callsPerDay ?? null) : null;
  const isToday = known.day === new Date(nowMs).toISOString().slice(0, 10);
  const used = isToday ? known.dayCount : 0;
  if (known.dayOverUntilMs > nowMs) return { used, left: 0 };
  const told = isToday ? known.dayLeft : null;
  return { used, left: told ?? (perDay === null ? null : Math.max(0, perDay - used)) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
