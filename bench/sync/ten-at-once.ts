import { startLongLedger, type LongLedger } from '../ledger/long-ledger.ts';
import type { StartOptions } from '../support/children.ts';
import type { Context } from '../support/context.ts';
import { measure } from '../support/measure.ts';
import type { Usage } from '../support/measured.ts';
import { median } from '../support/median.ts';
import { measured, rounded, shown, type Row } from '../support/results.ts';
import { connectAll, startWorld, type Connected } from '../support/world.ts';

export const TEN_BAR = { atMost: 1.3 };

const EACH = 5;
const ROUNDS_MAX = 3;
/** Six calls a second for every company, on both platforms. */
const LIMITS = {
  XERO_CALLS_PER_MINUTE: '360',
  QUICKBOOKS_CALLS_PER_SECOND: '6',
  QUICKBOOKS_CALLS_PER_MINUTE: '360',
};

/**
 * First nights of ten companies at once (five of each platform, all alike) as `serve` does them, beside the slower
 * platform's company alone: what one waits for its limits, the others should use.
 */
export async function benchTenAtOnce(context: Context): Promise<Row[]> {
  const patterns = await connectAll(await context.world(), context.folder, 'ten-patterns', [
    'xero',
    'quickbooks',
  ]);
  const world = await startWorld({ size: 'small', xero: EACH, quickbooks: EACH });
  const connected = await connectAll(world, context.folder, 'ten', ['xero', 'quickbooks']);
  const ledger = await startLongLedger(patterns, world, context.say);
  const runs: { alone: Usage[]; together: Usage[] } = { alone: [], together: [] };
  const rounds = Math.min(ROUNDS_MAX, context.rounds);
  for (let round = 0; round < rounds; round += 1) {
    context.say(`ten connections at once: round ${round + 1} of ${rounds}`);
    runs.alone.push(await slowestAlone(connected, ledger, round, context));
    runs.together.push(await together(connected, ledger, round, context));
  }
  return rowsOf(runs);
}

/** Companies of one platform are alike, so one of each platform stands for all. */
async function slowestAlone(
  connected: Connected,
  ledger: LongLedger,
  round: number,
  options: StartOptions,
): Promise<Usage> {
  const alone: Usage[] = [];
  for (const platform of ['xero', 'quickbooks'] as const) {
    const subject = connected.subjects.find((one) => one.platform === platform);
    const env = { ...ledger.through(connected.copy(`alone-${platform}-${round}`)), ...LIMITS };
    alone.push(
      await measure('sync/product-ten.ts', { env, connectionIds: [subject?.connectionId] }, options),
    );
  }
  return alone.sort((a, b) => b.wallMs - a.wallMs)[0] as Usage;
}

async function together(
  connected: Connected,
  ledger: LongLedger,
  round: number,
  options: StartOptions,
): Promise<Usage> {
  const env = { ...ledger.through(connected.copy(`together-${round}`)), ...LIMITS };
  const connectionIds = connected.subjects.map((subject) => subject.connectionId);
  ledger.forgetCalls();
  const usage = await measure('sync/product-ten.ts', { env, connectionIds }, options);
  return { ...usage, more: { ...usage.more, ...(await ledger.calls()) } };
}

function rowsOf(runs: { alone: Usage[]; together: Usage[] }): Row[] {
  const wall = (usages: Usage[]): number => median(usages.map((usage) => usage.wallMs)) / 1000;
  const cpu = (usages: Usage[]): number => median(usages.map((usage) => usage.cpuMs)) / 1000;
  const { alone, together } = runs;
  const busiestSecond = Math.max(...together.map(({ more }) => more?.['busiestSecond'] ?? 0));
  const calls = `${together[0]?.more?.['calls'] ?? 0} calls, at most ${busiestSecond} a second for one company`;
  const walls = `${rounded(wall(together))} s together, ${rounded(wall(alone))} s the slowest alone`;
  const nights = median(together.map(({ more }) => (more?.['nightsMs'] ?? 0) / 1000));
  return [
    measured(
      'ten connections at once: wall ÷ the slowest alone',
      wall(together) / wall(alone),
      '',
      TEN_BAR,
      `${walls}; ${rounded(nights)} s to the end of the last night; ${calls}; ${together[0]?.invoices ?? 0} invoices`,
    ),
    shown(
      'ten connections at once: CPU of all processes',
      cpu(together),
      's',
      `${rounded(cpu(alone))} s the slowest alone; whole nights, with the judging after the sync`,
    ),
    shown(
      'ten connections at once: peak memory of all processes',
      median(together.map((usage) => usage.peakRssMb)),
      'MB',
    ),
  ];
}
