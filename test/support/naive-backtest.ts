import type { CaseFile } from '../../src/cases/index.ts';
import { decideHolds, decideStandings, type StandingRecord } from '../../src/decisions/index.ts';
import { addDays, type CustomerId, type Day } from '../../src/domain/index.ts';
import { chooseRates, computeFacts, type CustomerFacts } from '../../src/facts/index.ts';
import type { KnownRate, LedgerCustomer, OpenCredit, OpenInvoice, Since } from '../../src/mirror/index.ts';
import type { Policy } from '../../src/policy/index.ts';
import { dueReminders, type Episode, type ReminderRecord } from '../../src/reminders/index.ts';
import { evaluate } from '../../src/rules/index.ts';
import type { BacktestLedger, Period } from '../../src/whatif/index.ts';

/** What the simplest possible backtest finds on one day. */
export interface NaiveDay {
  day: Day;
  /** Of everybody who is not clear: standing, since when, and the rules of its reasons. */
  standings: Record<string, string>;
  /** Who is held, with the exposure of that day. */
  held: Record<string, number | null>;
  /** Who is written to, with the step. */
  reminders: string[];
}

/** Judges the whole company on every day, from nothing but what that day may see: slow, and plainly right. */
export function naiveBacktest(ledger: BacktestLedger, policy: Policy, { from, to }: Period): NaiveDay[] {
  const days: NaiveDay[] = [];
  const chase = new NaiveChase(ledger, policy);
  let prior = new Map<CustomerId, StandingRecord>();
  for (let day = from; day <= to; day = addDays(day, 1)) {
    const facts = factsOn(ledger, policy, day);
    const standings = decideStandings(facts, evaluate(facts, policy), prior, policy);
    const wishes = decideHolds(facts, standings, new Map(), policy);
    const held = wishes.filter((wish) => !ledger.excluded.has(wish.customerId));
    const exposure = new Map(facts.map((one) => [one.customer.id, one.total.base?.exposureMinor ?? null]));
    days.push({
      day,
      standings: describeStandings(standings),
      held: Object.fromEntries(
        held.map(({ customerId: id }): [string, number | null] => [id, exposure.get(id) ?? null]).sort(),
      ),
      reminders: chase.on(facts, day),
    });
    prior = new Map(standings.map((one) => [one.customerId, one]));
  }
  return days;
}

/** Standings in short, those that are clear left out. */
export function describeStandings(standings: readonly StandingRecord[]): Record<string, string> {
  const known = standings.filter((one) => one.standing !== 'clear');
  return Object.fromEntries(
    known
      .map(({ customerId, standing, since, reasons }): [string, string] => [
        customerId,
        `${standing} since ${since}: ${reasons.map((reason) => reason.rule).join(' ')}`,
      ])
      .sort(),
  );
}

function factsOn(ledger: BacktestLedger, policy: Policy, day: Day): CustomerFacts[] {
  const { limits, ...notes }: CaseFile = on(ledger.cases, day) ?? ledger.cases[0]!.value;
  const open = <T>(records: { past: Since<T | null>[] }[]): T[] =>
    records.map(({ past }) => on(past, day) ?? null).filter((value) => value !== null);
  return computeFacts({
    asOf: day,
    baseCurrency: ledger.baseCurrency,
    customers: open<LedgerCustomer>(ledger.customers),
    invoices: open<OpenInvoice>(ledger.invoices),
    credits: open<OpenCredit>(ledger.credits),
    drafts: open<OpenInvoice>(ledger.drafts),
    orders: open<OpenInvoice>(ledger.orders),
    exposure: policy.exposure,
    limits,
    notes,
    rates: chooseRates(ratesOn(ledger, day), day, policy.rates.maximumAgeDays, policy.rates.order),
    incomplete: on(ledger.incomplete, day) ?? new Set(),
  });
}

const on = <T>(past: Since<T>[], day: Day): T | undefined =>
  past.findLast((entry) => entry.from <= day)?.value;

function ratesOn({ rates }: BacktestLedger, day: Day): KnownRate[] {
  const exact = rates.exact.get(day);
  if (exact !== undefined) return exact;
  const seen = rates.rebuilt.filter((rate) => rate.date <= day);
  return seen.sort((a, b) => (a.date < b.date ? 1 : -1));
}

class NaiveChase {
  readonly #ledger: BacktestLedger;
  readonly #policy: Policy;
  readonly #episodes = new Map<CustomerId, Episode>();
  readonly #episodeCounts = new Map<CustomerId, number>();
  readonly #history = new Map<CustomerId, ReminderRecord[]>();

  constructor(ledger: BacktestLedger, policy: Policy) {
    this.#ledger = ledger;
    this.#policy = policy;
  }

  on(facts: CustomerFacts[], asOf: Day): string[] {
    const plan = dueReminders({
      ...{ facts, asOf, policy: this.#policy, excluded: this.#ledger.excluded },
      ...{ episodes: this.#episodes, episodeCounts: this.#episodeCounts, history: this.#history },
    });
    for (const { billTo } of plan.closed) this.#episodes.delete(billTo);
    for (const episode of plan.opened) {
      this.#episodes.set(episode.billTo, episode);
      this.#episodeCounts.set(episode.billTo, episode.number);
    }
    for (const { billTo, episode, step } of plan.due) {
      const before = this.#history.get(billTo) ?? [];
      this.#history.set(billTo, [...before, { billTo, episode, step, asOf, state: 'sent' }]);
    }
    return plan.due.map(({ billTo, step }) => `${billTo} ${step}`).sort();
  }
}
