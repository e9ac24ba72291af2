import { HoldfastError, addDays, daysBetween, type Day } from '../domain/index.ts';
import type { Policy } from '../policy/index.ts';
import { ClusterReplay, type HeldSeries, type ReplayFrame } from './backtest-cluster.ts';
import { clustersOf, type Cluster } from './backtest-clusters.ts';
import type { HeldSpell } from './backtest-holds.ts';
import type { BacktestLedger, Period } from './backtest-ledger.ts';
import { outcomeOf, type Goodness, type HoldOutcome, type PlayedHold } from './backtest-outcome.ts';
import { RateLine } from './backtest-rates.ts';
import type { PlayedReminder } from './backtest-reminders.ts';
import { totalsOf, type PolicyTotals } from './backtest-totals.ts';
import { offsetsOf } from './backtest-wakes.ts';
import { DayLine } from './day-line.ts';

/** One policy through all days of a period. */
export interface PolicyReplay {
  policy: { name: string; hash: string };
  /** In the order in which they began. */
  holds: PlayedHold[];
  reminders: PlayedReminder[];
  /** One figure a day. Base currency, minor units. */
  held: HeldSeries;
  totals: PolicyTotals;
  /** How many judgements it took. */
  judged: number;
}

/** A backtest of one company: the same days under each policy. */
export interface Backtest extends Period {
  days: number;
  /** Days before the first sync, rebuilt from the dates of documents. */
  reconstructedDays: number;
  baseCurrency: string;
  knownUntil: Day;
  good: Goodness;
  replays: PolicyReplay[];
}

/** What passes as a good customer unless somebody says otherwise. */
export const GOOD: Goodness = { withinDays: 14, lateDays: 30 };

export interface BacktestOptions extends Period {
  policies: Policy[];
  good?: Goodness;
  /** Clusters done, of how many, over all policies. Called between clusters; may wait, and may throw to end it all. */
  onProgress?: (done: number, total: number) => Promise<void> | void;
  onJudged?: ReplayFrame['onJudged'];
}

/** Replays a company's days under each policy. Nothing a day sees is of a later day; outcomes alone look back. */
export async function backtest(ledger: BacktestLedger, options: BacktestOptions): Promise<Backtest> {
  const { from, to, policies, good = GOOD } = options;
  assertPeriod(ledger, options);
  const clusters = clustersOf(ledger);
  const total = clusters.length * policies.length;
  const replays: PolicyReplay[] = [];
  for (const policy of policies) {
    const done = replays.length * clusters.length;
    const report = (count: number): Promise<void> | void => options.onProgress?.(done + count, total);
    replays.push(await replayPolicy(ledger, clusters, policy, { ...options, good, report }));
  }
  const days = daysBetween(from, to) + 1;
  const rebuilt = Math.min(days, Math.max(0, daysBetween(from, ledger.exactFrom)));
  const { baseCurrency, knownUntil } = ledger;
  return { from, to, days, reconstructedDays: rebuilt, baseCurrency, knownUntil, good, replays };
}

interface ReplayOptions extends BacktestOptions {
  good: Goodness;
  report: (done: number) => Promise<void> | void;
}

async function replayPolicy(
  ledger: BacktestLedger,
  clusters: Cluster[],
  policy: Policy,
  options: ReplayOptions,
): Promise<PolicyReplay> {
  const line = new DayLine(options.from, options.to);
  const frame: ReplayFrame = {
    policy,
    line,
    rates: new RateLine(ledger.rates, line, policy.rates),
    offsets: offsetsOf(policy),
    baseCurrency: ledger.baseCurrency,
    excluded: ledger.excluded,
    ...(options.onJudged === undefined ? {} : { onJudged: options.onJudged }),
  };
  const none = (): number[] => Array.from({ length: line.length }, () => 0);
  const held: HeldSeries = { customers: none(), exposureMinor: none() };
  const holds: PlayedHold[] = [];
  const reminders: PlayedReminder[] = [];
  let judged = 0;
  for (const [index, cluster] of clusters.entries()) {
    const replay = new ClusterReplay(cluster, frame);
    replay.play(held);
    judged += replay.judged;
    reminders.push(...replay.reminders.sent);
    for (const spell of replay.holds.spells)
      holds.push({ ...spell, outcome: hindsightOf(spell, cluster, ledger, frame, options) });
    await options.report(index + 1);
  }
  holds.sort(byBeginning);
  const { name, hash } = policy;
  const totals = totalsOf(holds, reminders, held);
  return { policy: { name, hash }, holds, reminders, held, totals, judged };
}

function hindsightOf(
  spell: HeldSpell,
  { invoices }: Cluster,
  { baseCurrency, knownUntil }: BacktestLedger,
  { rates, line }: ReplayFrame,
  { to, good }: ReplayOptions,
): HoldOutcome {
  const of = { baseCurrency, knownUntil, good, invoices };
  return outcomeOf(spell, to, { ...of, rates: rates.on(line.number(spell.from)) });
}

function byBeginning(a: HeldSpell, b: HeldSpell): number {
  if (a.from !== b.from) return a.from < b.from ? -1 : 1;
  return a.name === b.name ? (a.customerId < b.customerId ? -1 : 1) : a.name < b.name ? -1 : 1;
}

/** The longest period: five years of days. */
const DAYS_MAX = 1_830;

function assertPeriod(ledger: BacktestLedger, { from, to }: Period): void {
  if (from > to)
    throw badPeriod(`The period begins on ${from}, after it ends on ${to}.`, 'Exchange --from and --to.');
  if (to > ledger.knownUntil) {
    const message = `${to} lies after the last sync, which was on ${ledger.knownUntil}: nothing is known of it yet.`;
    throw badPeriod(message, `Sync first, or end the period on ${ledger.knownUntil} at the latest.`);
  }
  const days = daysBetween(from, to) + 1;
  if (days > DAYS_MAX)
    throw badPeriod(
      `${days} days are more than the ${DAYS_MAX} that can be replayed at once.`,
      'Choose a shorter period.',
    );
  const first = ledger.invoices.map((one) => one.issueDate).reduce((a, b) => (a < b ? a : b), addDays(to, 1));
  if (first > to)
    throw new HoldfastError(
      'NO_HISTORY',
      `Nothing was invoiced on or before ${to}: there is nothing to replay.`,
      {
        kind: 'state',
        hint: 'Choose a period in which the mirror has invoices; `holdfast sync` brings them.',
      },
    );
}

const badPeriod = (message: string, hint: string): HoldfastError =>
  new HoldfastError('BAD_PERIOD', message, { hint });
