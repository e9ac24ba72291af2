import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PlatformName } from '../../src/domain/index.ts';
import type { Context } from '../support/context.ts';
import { measure } from '../support/measure.ts';
import type { Usage } from '../support/measured.ts';
import { median, ratioOf, type Ratio } from '../support/median.ts';
import { measured, rounded, shown, type Row } from '../support/results.ts';
import { connectAll, type Connected, type Subject } from '../support/world.ts';
import type { PlainTask } from './floor.ts';

type Contestant = 'product' | 'floor' | 'sdk';
type Runs = Record<Contestant, Usage[]>;

const NAMES: Record<PlatformName, string> = { xero: 'Xero', quickbooks: 'QuickBooks' };

/**
 * The first sync of one company: the product, the floor and the SDK's obvious loop by turns, each in a process of its
 * own from the same connected state. What counts is that process's own CPU for 1,000 invoices with all that belongs to
 * them (customers, credits, payments).
 */
export async function benchFirstSync(context: Context, platform: PlatformName): Promise<Row[]> {
  const connected = await connectAll(await context.world(), context.folder, `first-${platform}`, [platform]);
  const subject = connected.subjects[0];
  if (subject === undefined) throw new Error(`no ${platform} company was connected`);
  const runs: Runs = { product: [], floor: [], sdk: [] };
  for (let round = 0; round < context.rounds; round += 1) {
    context.say(`first sync, ${NAMES[platform]}: round ${round + 1} of ${context.rounds}`);
    for (const contestant of turnsOf(round)) {
      const name = `first-${platform}-${contestant}-${round}`;
      runs[contestant].push(await runOnce(contestant, subject, connected, name, context));
    }
  }
  return platform === 'xero' ? xeroRows(runs) : quickbooksRows(runs);
}

/** Everybody begins as often as the others. */
function turnsOf(round: number): Contestant[] {
  const all: Contestant[] = ['product', 'floor', 'sdk'];
  return all.map((_, i) => all[(i + round) % all.length] ?? 'product');
}

async function runOnce(
  contestant: Contestant,
  subject: Subject,
  connected: Connected,
  name: string,
  { folder: within, nodeOptions }: Context,
): Promise<Usage> {
  const folder = join(within, name);
  if (contestant === 'product') {
    const { connectionId } = subject;
    return measure('sync/product.ts', { env: connected.copy(name), connectionId }, { nodeOptions });
  }
  mkdirSync(folder);
  const task: PlainTask = { ...subject, env: connected.env, file: join(folder, 'plain.sqlite') };
  return measure(contestant === 'floor' ? 'sync/floor.ts' : `sync/sdk-${subject.platform}.ts`, task);
}

function xeroRows(runs: Runs): Row[] {
  const floor = ratioOf(perThousand(runs.product), perThousand(runs.floor));
  const sdk = ratioOf(perThousand(runs.sdk), perThousand(runs.product));
  return [
    measured('first sync, Xero: CPU ÷ floor', floor.figure, '', { atMost: 1.5 }, spread(floor, runs)),
    measured('loop over xero-node ÷ ours, CPU', sdk.figure, '', { atLeast: 1.5 }, spread(sdk, runs)),
    ...figures('Xero', runs),
  ];
}

function quickbooksRows(runs: Runs): Row[] {
  const floor = ratioOf(perThousand(runs.product), perThousand(runs.floor));
  const sdk = ratioOf(perThousand(runs.product), perThousand(runs.sdk));
  const fetched = median(runs.sdk.map((run) => ((run.more?.['fetchedCpuMs'] ?? 0) / run.invoices) * 1000));
  const without = `${spread(sdk, runs)}; node-quickbooks fetching alone, without any database: ${rounded(fetched)} ms`;
  return [
    measured('first sync, QuickBooks: CPU ÷ floor', floor.figure, '', { atMost: 1.5 }, spread(floor, runs)),
    measured('ours ÷ node-quickbooks fetchAll, CPU', sdk.figure, '', { atMost: 1.5 }, without),
    ...figures('QuickBooks', runs),
  ];
}

function figures(platform: string, runs: Runs): Row[] {
  const cpu = (contestant: Contestant): number => median(perThousand(runs[contestant]));
  const rss = (contestant: Contestant): number => median(runs[contestant].map((run) => run.peakRssMb));
  const row = (name: string, contestant: Contestant): Row[] => [
    shown(`${platform}, ${name}: CPU per 1,000 invoices`, cpu(contestant), 'ms'),
    shown(`${platform}, ${name}: peak memory`, rss(contestant), 'MB'),
  ];
  return [...row('product', 'product'), ...row('floor', 'floor'), ...row('SDK', 'sdk')];
}

function spread({ lowest, highest }: Ratio, runs: Runs): string {
  const invoices = runs.product[0]?.invoices ?? 0;
  return `${rounded(lowest)} to ${rounded(highest)} over ${runs.product.length} rounds of ${invoices} invoices`;
}

const perThousand = (runs: Usage[]): number[] => runs.map((run) => (run.cpuMs / run.invoices) * 1000);
