import { startLongLedger } from '../ledger/long-ledger.ts';
import type { Context } from '../support/context.ts';
import { measure } from '../support/measure.ts';
import type { Usage } from '../support/measured.ts';
import { median } from '../support/median.ts';
import { measured, rounded, type Row } from '../support/results.ts';
import { connectAll } from '../support/world.ts';

export const STEADY_BAR = { atMost: 1.1 };
/** Of the medium world: one round of its invoices, and five. */
const SIZES = { few: 20_000, many: 180_000 };
const QUICK_SIZES = { few: 400, many: 2_000 };
/** Memory differs less from time to time than CPU does. */
const ROUNDS_MAX = 3;

/** Peak memory of the product's first sync of a QuickBooks company, and of one five times as large. */
export async function benchSteadyMemory(context: Context): Promise<Row[]> {
  const world = await context.world();
  const connected = await connectAll(world, context.folder, 'steady', ['quickbooks']);
  const connectionId = connected.subjects[0]?.connectionId ?? '';
  const ledger = await startLongLedger(connected, world, context.say);
  const runs: Record<keyof typeof SIZES, Usage[]> = { few: [], many: [] };
  const rounds = Math.min(ROUNDS_MAX, context.rounds);
  const sizes = context.quick ? QUICK_SIZES : SIZES;
  for (let round = 0; round < rounds; round += 1) {
    for (const size of ['few', 'many'] as const) {
      const invoices = await ledger.growTo(sizes[size]);
      context.say(`peak memory: ${invoices} invoices, round ${round + 1} of ${rounds}`);
      const env = ledger.through(connected.copy(`steady-${size}-${round}`));
      runs[size].push(await measure('sync/product.ts', { env, connectionId }, context));
    }
  }
  return [steadyRow(runs.few, runs.many)];
}

function steadyRow(few: Usage[], many: Usage[]): Row {
  const peak = (runs: Usage[]): number => median(runs.map((run) => run.peakRssMb));
  const rows = (runs: Usage[]): number => runs[0]?.invoices ?? 0;
  const perRows = ((peak(many) - peak(few)) / (rows(many) - rows(few))) * 100_000;
  const note = `${rounded(peak(few))} MB with ${rows(few)}, ${rounded(peak(many))} MB with ${rows(many)} invoices: ${rounded(perRows)} MB for each 100,000`;
  return measured(
    'peak memory, five times the rows ÷ one time',
    peak(many) / peak(few),
    '',
    STEADY_BAR,
    note,
  );
}
