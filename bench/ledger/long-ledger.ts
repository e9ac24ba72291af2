import { messageOf, start } from '../support/children.ts';
import type { Connected, Subject, World } from '../support/world.ts';
import type { LedgerOrder, LedgerTask } from './ledger-main.ts';
import type { Source } from './xero-ledger.ts';

/** A server with lists of any length, in a process of its own; what is no list it passes on to the emulator. */
export interface LongLedger {
  /** The environment with the API addresses of both platforms turned to it. */
  through(env: Record<string, string>): Record<string, string>;
  /** Makes the lists so long; resolves with the number of invoices that there are then. */
  growTo(invoices: number): Promise<number>;
  forgetCalls(): void;
  calls(): Promise<{ calls: number; busiestSecond: number }>;
}

/** Takes the rows of the first company of each platform as patterns. `forwardTo`: the emulator that knows the rest. */
export async function startLongLedger(
  connected: Connected,
  forwardTo: World,
  say: (text: string) => void,
): Promise<LongLedger> {
  const child = start('ledger/ledger-main.ts', { args: [JSON.stringify(taskFor(connected, forwardTo))] });
  const { url } = await messageOf(child, (message) => (message as { ledger?: { url: string } }).ledger);
  // The product does not repeat what a platform says in its errors, so the reason is told here.
  child.process.on('message', (message) => {
    const { refused } = message as { refused?: string };
    if (refused !== undefined) say(`the long ledger refused a call: ${refused}`);
  });
  const ask = <T>(order: LedgerOrder, pick: (message: unknown) => T | undefined): Promise<T> => {
    const answer = messageOf(child, pick);
    child.process.send(order);
    return answer;
  };
  return {
    through: (env) => ({ ...env, XERO_API_URL: url, QUICKBOOKS_API_URL: url }),
    growTo: (invoices) => ask({ invoices }, (message) => (message as { invoices?: number }).invoices),
    forgetCalls: () => void child.process.send({ forget: true }),
    calls: () =>
      ask(
        { calls: true },
        (message) => (message as { calls?: { calls: number; busiestSecond: number } }).calls,
      ),
  };
}

function taskFor({ env, subjects }: Connected, forwardTo: World): LedgerTask {
  const urls = { xero: env['XERO_API_URL'] ?? '', quickbooks: env['QUICKBOOKS_API_URL'] ?? '' };
  const sourceOf = (subject: Subject): Source => ({ ...subject, url: urls[subject.platform] });
  const sources: LedgerTask['sources'] = {};
  for (const subject of subjects) sources[subject.platform] ??= sourceOf(subject);
  return {
    sources,
    forwardTo: {
      xero: forwardTo.env['XERO_API_URL'] ?? '',
      quickbooks: forwardTo.env['QUICKBOOKS_API_URL'] ?? '',
    },
    clockOffsetMs: Number(env['HOLDFAST_CLOCK_OFFSET_MS'] ?? '0'),
  };
}
