import { decideStandings, type StandingDecision, type StandingRecord } from '../decisions/index.ts';
import type { CaseFile } from '../cases/index.ts';
import { exponentOf, type CustomerId, type Day } from '../domain/index.ts';
import { computeFacts, type CustomerFacts } from '../facts/index.ts';
import type { LedgerCustomer, OpenCredit, OpenInvoice, Since } from '../mirror/index.ts';
import type { Policy } from '../policy/index.ts';
import { evaluate } from '../rules/index.ts';
import type { Cluster, ClusterRecord } from './backtest-clusters.ts';
import { calmBounds, earliestDue, openAtMost, type CalmBounds } from './backtest-calm.ts';
import { HoldBook } from './backtest-holds.ts';
import type { RateLine } from './backtest-rates.ts';
import { ReminderChain } from './backtest-reminders.ts';
import { calendarDays, runsOut, type Offsets } from './backtest-wakes.ts';
import type { DayLine } from './day-line.ts';

/** What every cluster of a replay is judged with. */
export interface ReplayFrame {
  policy: Policy;
  line: DayLine;
  rates: RateLine;
  offsets: Offsets;
  baseCurrency: string;
  excluded: ReadonlySet<CustomerId>;
  /** Told of every judgement, for tests and measurements. */
  onJudged?: (number: number, standings: StandingDecision[], whose: ReadonlySet<CustomerId>) => void;
}

/** What was held on each day. */
export interface HeldSeries {
  customers: number[];
  exposureMinor: number[];
}

/** What a day may ask for. */
interface Due {
  standings: boolean;
  reminders: boolean;
}

/**
 * One cluster through all days. It is judged on days on which something can change for it and nowhere else: a
 * document, a rate, a case, an age that the policy names, or the standing of the day before. What lies between two
 * such days is as it was.
 */
export class ClusterReplay {
  readonly holds: HoldBook;
  readonly reminders: ReminderChain;
  judged = 0;
  readonly #frame: ReplayFrame;
  readonly #cluster: Cluster;
  readonly #changes: Change[];
  readonly #calendar: number[];
  #at = 0;
  #case: CaseFile = NO_CASE;
  /** Of the case file in force; null = only a judgement can tell. */
  #calm: CalmBounds | null = null;
  #incomplete: ReadonlySet<CustomerId> = NOBODY;
  readonly #customers = new Map<number, LedgerCustomer>();
  readonly #invoices = new Map<number, OpenInvoice>();
  readonly #drafts = new Map<number, OpenInvoice>();
  readonly #orders = new Map<number, OpenInvoice>();
  readonly #credits = new Map<number, OpenCredit>();
  #prior = new Map<CustomerId, StandingRecord>();
  #moved = false;

  constructor(cluster: Cluster, frame: ReplayFrame) {
    this.#cluster = cluster;
    this.#frame = frame;
    this.#changes = changesOf(cluster, frame.line);
    this.#calendar = calendarOf(cluster, frame);
    this.holds = new HoldBook(frame.policy, frame.excluded);
    this.reminders = new ReminderChain(frame.policy, frame.excluded);
  }

  /** Plays all days and adds what was held on each. */
  play(series: HeldSeries): void {
    const { length } = this.#frame.line;
    let number = 0;
    let due: Due = { standings: true, reminders: true };
    while (number < length) {
      this.#play(number, due);
      const next = this.#next(number);
      addHeld(series, this.holds, number, Math.min(next.number, length));
      ({ number, due } = next);
    }
    this.holds.close(length);
  }

  #play(number: number, due: Due): void {
    this.#advance(number);
    const judges = due.standings && !this.#isCalm(number);
    const reminds = due.reminders && this.#mayRemind(number);
    this.#moved = false;
    if (!judges && !reminds) return;
    const facts = this.#facts(number);
    if (judges) this.#judge(number, facts);
    if (reminds) this.reminders.play(facts, this.#frame.line.day(number));
  }

  #judge(number: number, facts: CustomerFacts[]): void {
    const { line, policy } = this.#frame;
    const standings = decideStandings(facts, evaluate(facts, policy), this.#prior, policy, false);
    this.judged += 1;
    this.#moved = hasMoved(standings, this.#prior);
    this.#prior = new Map(standings.filter(isWorthKnowing).map((one) => [one.customerId, one]));
    this.holds.take(facts, standings, line.day(number), number);
    this.#frame.onJudged?.(number, standings, this.#cluster.ids);
  }

  /** Whether everybody was clear and no rule can ask for anything else today. */
  #isCalm(number: number): boolean {
    if (this.#prior.size > 0 || this.#calm === null) return false;
    const { line, rates, baseCurrency } = this.#frame;
    const oldest = earliestDue(this.#invoices.values());
    if (oldest === null && this.#drafts.size + this.#orders.size === 0) return true;
    if (oldest !== null && number - line.number(oldest) >= this.#calm.daysOverdueBelow) return false;
    const open = [...this.#invoices.values(), ...this.#drafts.values(), ...this.#orders.values()];
    return openAtMost(open, rates.on(number), baseCurrency, minorPerUnit) < this.#calm.exposureBelowMinor;
  }

  /** Whether anything is old enough for a message, or a dunning episode may end. */
  #mayRemind(number: number): boolean {
    if (this.reminders.hasEpisodes) return true;
    const oldest = earliestDue(this.#invoices.values());
    const first = this.#frame.offsets.reminders[0] ?? 0;
    return oldest !== null && number - this.#frame.line.number(oldest) >= first;
  }

  #facts(number: number): CustomerFacts[] {
    const { line, policy, rates, baseCurrency } = this.#frame;
    const { limits, ...notes } = this.#case;
    return computeFacts({
      asOf: line.day(number),
      baseCurrency,
      customers: [...this.#customers.values()],
      invoices: [...this.#invoices.values()],
      credits: [...this.#credits.values()],
      drafts: [...this.#drafts.values()],
      orders: [...this.#orders.values()],
      exposure: policy.exposure,
      limits,
      notes,
      rates: rates.on(number),
      incomplete: this.#incomplete,
    });
  }

  /** Takes over everything that happened up to a day. */
  #advance(number: number): void {
    for (let change = this.#changes[this.#at]; change !== undefined && change.number <= number;) {
      this.#apply(change);
      change = this.#changes[(this.#at += 1)];
    }
    const { cases, customers, incomplete } = this.#cluster;
    const { line, policy, baseCurrency } = this.#frame;
    const day = line.day(number);
    const file = lastSince(cases, day) ?? NO_CASE;
    const uncertain = lastSince(incomplete, day) ?? NOBODY;
    if (number > 0 && file === this.#case && uncertain === this.#incomplete) return;
    this.#case = file;
    this.#incomplete = uncertain;
    const isOpaque = runsOut(file) || uncertain.size > 0;
    this.#calm = isOpaque ? null : calmBounds(policy, customers, file, baseCurrency);
  }

  #apply({ record, state }: Change): void {
    const { kind, value } = state;
    const into: Map<number, LedgerCustomer | OpenInvoice | OpenCredit> = {
      customer: this.#customers,
      invoice: this.#invoices,
      draft: this.#drafts,
      order: this.#orders,
      credit: this.#credits,
    }[kind];
    if (value === null) into.delete(record);
    else into.set(record, value);
  }

  /** The next day on which anything can change, and what. */
  #next(number: number): { number: number; due: Due } {
    const tomorrow = number + 1;
    if (runsOut(this.#case)) return { number: tomorrow, due: { standings: true, reminders: true } };
    const { offsets } = this.#frame;
    const event = Math.min(
      this.#nextChange(number),
      this.#nextRate(number),
      this.#nextCalendar(number),
      this.#nextOrder(number),
    );
    const standings = this.#moved ? tomorrow : Math.min(event, this.#nextAge(offsets.standings, number));
    const reminders = Math.min(event, this.#nextAge(offsets.reminders, number), this.#nextFree(number));
    const next = Math.min(standings, reminders);
    return { number: next, due: { standings: standings === next, reminders: reminders === next } };
  }

  #nextChange(number: number): number {
    const next = this.#changes[this.#at]?.number ?? Infinity;
    return next > number ? next : number + 1;
  }

  #nextRate(number: number): number {
    const { rates, baseCurrency } = this.#frame;
    let next = Infinity;
    for (const open of [this.#invoices, this.#credits, this.#drafts, this.#orders])
      for (const { currency } of open.values())
        if (currency !== baseCurrency) next = Math.min(next, rates.nextChange(currency, number));
    return next;
  }

  /** The next day on which an order comes within the policy's horizon. */
  #nextOrder(number: number): number {
    const { line, policy } = this.#frame;
    let next = Infinity;
    for (const { dueDate } of this.#orders.values()) {
      const inSight = line.number(dueDate) - policy.exposure.orders.horizonDays;
      if (inSight > number) next = Math.min(next, inSight);
    }
    return next;
  }

  #nextCalendar(number: number): number {
    return this.#calendar.find((one) => one > number) ?? Infinity;
  }

  /** The next day on which an open invoice reaches one of these ages. */
  #nextAge(offsets: readonly number[], number: number): number {
    let next = Infinity;
    for (const { dueDate } of this.#invoices.values()) {
      const due = this.#frame.line.number(dueDate);
      for (const offset of offsets) {
        if (due + offset <= number) continue;
        next = Math.min(next, due + offset);
        break;
      }
    }
    return next;
  }

  #nextFree(number: number): number {
    const { line } = this.#frame;
    const free = this.reminders.nextFree(line.day(number));
    return free === null ? Infinity : line.number(free);
  }
}

/** What the product keeps of a standing: one that never was anything but clear is not written down. */
const isWorthKnowing = ({ standing, reasons }: StandingDecision): boolean =>
  standing !== 'clear' || reasons.length > 0;

const minorPerUnit = (currency: string): number => 10 ** exponentOf(currency);

/** Adds what is held from one judged day up to, and not including, the next. */
function addHeld(series: HeldSeries, holds: HoldBook, from: number, until: number): void {
  if (holds.count === 0) return;
  for (let number = from; number < until; number += 1) {
    series.customers[number] = (series.customers[number] ?? 0) + holds.count;
    series.exposureMinor[number] = (series.exposureMinor[number] ?? 0) + holds.exposureMinor;
  }
}

const NO_CASE: CaseFile = {
  limits: { entries: [], groups: [] },
  limitTerms: new Map(),
  tags: new Map(),
  disputes: [],
  promises: [],
  manualStandings: [],
  releases: [],
};

interface Change {
  number: number;
  /** Which of the cluster's records. */
  record: number;
  state: { kind: ClusterRecord['kind']; value: LedgerCustomer | OpenInvoice | OpenCredit | null };
}

/** All states of all records in the order of days; what was before the period comes first. */
function changesOf(cluster: Cluster, line: DayLine): Change[] {
  const changes: Change[] = [];
  cluster.records.forEach(({ kind, past }, record) => {
    for (const { from, value } of past) {
      const number = line.number(from);
      if (number < line.length) changes.push({ number, record, state: { kind, value } });
    }
  });
  return changes.sort((a, b) => a.number - b.number);
}

/** Days on which case files and quarantine change, notes run out, and overrides begin or end. */
function calendarOf({ cases, incomplete, customers }: Cluster, { policy, line }: ReplayFrame): number[] {
  const files = cases.length === 0 ? [NO_CASE] : cases.map(({ value }) => value);
  const days = files.flatMap((file) => calendarDays(policy, customers, file));
  const changes = [...cases, ...incomplete].map(({ from }) => from);
  return [...new Set([...days, ...changes].map((day) => line.number(day)))].sort((a, b) => a - b);
}

const NOBODY: ReadonlySet<CustomerId> = new Set();

/** What holds on a day; what holds first holds for the days before as well. */
const lastSince = <T>(entries: Since<T>[], day: Day): T | undefined =>
  (entries.findLast(({ from }) => from <= day) ?? entries[0])?.value;

/** Whether what was decided is not what was decided before: then it may decide otherwise again on the day after. */
function hasMoved(standings: StandingDecision[], prior: ReadonlyMap<CustomerId, StandingRecord>): boolean {
  return standings.some((now) => {
    const before = prior.get(now.customerId);
    if (before === undefined) return now.standing !== 'clear';
    return (
      before.standing !== now.standing ||
      before.reasons.length !== now.reasons.length ||
      now.reasons.some((reason, at) => {
        const other = before.reasons[at];
        return other?.rule !== reason.rule || other.standing !== reason.standing;
      })
    );
  });
}
