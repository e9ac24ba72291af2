import type { App } from '../../app.ts';
import { countRows, type Connection } from '../../mirror/index.ts';
import type { DispatchLine, IntentKind } from '../../outbox/index.ts';
import type { Flag } from '../../rules/index.ts';

/** One company in the demo's last line. Counts of effects are of this run; `confirmed` = read back. */
export interface DemoConnection {
  platform: string;
  name: string;
  customers: number;
  invoices: number;
  openInvoices: number;
  calls: number;
  flags: { overLimit: number; nearLimit: number; overdue: number };
  holds: { placed: number; confirmed: number };
  reminders: { sent: number; confirmed: number };
}

/** What happened to one company in this run. */
export interface DemoNight {
  connection: Connection;
  flags: Flag[];
  lines: DispatchLine[];
  calls: number;
}

export async function summarize(
  app: App,
  { connection, flags: all, lines, calls }: DemoNight,
): Promise<DemoConnection> {
  const { customers, invoices, openInvoices } = await countRows(app.store.reader, connection.id);
  const flags = (rule: string): number => all.filter((flag) => flag.rule === rule).length;
  const holds = done(lines, 'hold.place');
  const reminders = done(lines, 'reminder');
  return {
    platform: connection.platform,
    name: connection.name,
    customers,
    invoices,
    openInvoices,
    calls,
    flags: { overLimit: flags('over-limit'), nearLimit: flags('near-limit'), overdue: flags('overdue') },
    holds: { placed: holds.all, confirmed: holds.confirmed },
    reminders: { sent: reminders.all, confirmed: reminders.confirmed },
  };
}

function done(lines: DispatchLine[], kind: IntentKind): { all: number; confirmed: number } {
  const those = lines.filter((line) => line.kind === kind && line.state === 'done');
  return { all: those.length, confirmed: those.filter((line) => line.confirmed).length };
}
