import type { PlatformName } from '../../src/domain/index.ts';
import type { Context } from '../support/context.ts';
import { measure } from '../support/measure.ts';
import type { Usage } from '../support/measured.ts';
import { median, ratioOf } from '../support/median.ts';
import { measured, rounded, type Row } from '../support/results.ts';
import { connectAll } from '../support/world.ts';

const NAMES: Record<PlatformName, string> = { xero: 'Xero', quickbooks: 'QuickBooks' };
export const AGAIN_BAR = { atLeast: 1.8 };
export const WRITTEN_BAR = { atMost: 0 };

/** A full pull where nothing changed: how much less the database has to do, and that no row is written. */
export async function benchSecondSync(context: Context, platform: PlatformName): Promise<Row[]> {
  const connected = await connectAll(await context.world(), context.folder, `again-${platform}`, [platform]);
  const connectionId = connected.subjects[0]?.connectionId ?? '';
  const runs: Usage[] = [];
  for (let round = 0; round < context.rounds; round += 1) {
    context.say(`full pull again, ${NAMES[platform]}: round ${round + 1} of ${context.rounds}`);
    const env = connected.copy(`again-${platform}-${round}`);
    runs.push(await measure('sync/product-again.ts', { env, connectionId }, context));
  }
  return rowsOf(NAMES[platform], runs);
}

function rowsOf(platform: string, runs: Usage[]): Row[] {
  const each = (name: string): number[] => runs.map((run) => run.more?.[name] ?? NaN);
  const { figure, lowest, highest } = ratioOf(each('firstMs'), each('againMs'));
  const times = `${rounded(median(each('firstMs')))} ms ÷ ${rounded(median(each('againMs')))} ms`;
  const written = Math.max(...each('mirrorRows'), ...each('changed'));
  const others = `${median(each('otherRows'))} rows of cursors, runs and audit beside`;
  return [
    measured(
      `full pull again, ${platform}: database time, first ÷ second`,
      figure,
      '',
      AGAIN_BAR,
      `${times}; ${rounded(lowest)} to ${rounded(highest)} over ${runs.length} rounds`,
    ),
    measured(`full pull again, ${platform}: rows written`, written, 'rows', WRITTEN_BAR, others),
  ];
}
