import { decideHolds, type Hold, type StandingDecision } from '../decisions/index.ts';
import type { CustomerId, Day } from '../domain/index.ts';
import type { Conversion, CustomerFacts } from '../facts/index.ts';
import type { OpenInvoice } from '../mirror/index.ts';
import type { Policy, Standing } from '../policy/index.ts';

/** A customer on hold from a day to a day. Base currency, minor units. */
export interface HeldSpell {
  customerId: CustomerId;
  name: string;
  from: Day;
  /** The first day on which it was free again; null = still held on the last day of the period. */
  until: Day | null;
  /** Days on hold within the period. */
  days: number;
  standing: Standing;
  /** The rules that asked for it, the most severe first. */
  rules: string[];
  explanation: string;
  /** On the first day of the hold; null = a rate was missing. */
  exposureMinor: number | null;
  overdueMinor: number | null;
  daysOverdueMax: number;
  /** Who is held with it: the customer and its sub-customers. */
  members: CustomerId[];
  /** What was open on the first day, and what each currency was worth then. */
  open: OpenInvoice[];
  conversions: Conversion[];
}

const NOBODY: ReadonlyMap<CustomerId, Hold> = new Map();

/** Holds of some customers from day to day, and what they owed meanwhile. */
export class HoldBook {
  readonly spells: HeldSpell[] = [];
  readonly #policy: Policy;
  readonly #excluded: ReadonlySet<CustomerId>;
  readonly #current = new Map<CustomerId, { spell: HeldSpell; begins: number }>();
  #exposureMinor = 0;

  constructor(policy: Policy, excluded: ReadonlySet<CustomerId>) {
    this.#policy = policy;
    this.#excluded = excluded;
  }

  get count(): number {
    return this.#current.size;
  }

  /** What those on hold owe together on the day that was taken last. */
  get exposureMinor(): number {
    return this.#exposureMinor;
  }

  /** Takes a judged day. */
  take(facts: CustomerFacts[], standings: StandingDecision[], day: Day, number: number): void {
    if (this.#current.size === 0 && !standings.some((one) => asksForHold(one, this.#policy))) return;
    const wishes = decideHolds(facts, standings, NOBODY, this.#policy);
    const held = new Set(wishes.map((wish) => wish.customerId).filter((id) => !this.#excluded.has(id)));
    for (const [id, { spell, begins }] of this.#current) {
      if (held.has(id)) continue;
      spell.until = day;
      spell.days = number - begins;
      this.#current.delete(id);
    }
    this.#exposureMinor = 0;
    for (const one of facts) {
      if (!held.has(one.customer.id)) continue;
      this.#exposureMinor += one.total.base?.exposureMinor ?? 0;
      if (!this.#current.has(one.customer.id)) this.#begin(one, standings, day, number);
    }
  }

  /** Ends the book: who is held then was held to the end. `length`: the number after the last day. */
  close(length: number): void {
    for (const { spell, begins } of this.#current.values()) spell.days = length - begins;
  }

  #begin(facts: CustomerFacts, standings: StandingDecision[], day: Day, number: number): void {
    const { customer, total, descendants } = facts;
    const decision = standings.find((one) => one.customerId === customer.id);
    const asking = (decision?.reasons ?? []).filter((reason) => reason.standing === decision?.standing);
    const spell: HeldSpell = {
      customerId: customer.id,
      name: customer.name,
      from: day,
      until: null,
      days: 0,
      standing: decision?.standing ?? 'hold',
      rules: [...new Set(asking.map((reason) => reason.rule))],
      explanation: asking[0]?.explanation ?? '',
      exposureMinor: total.base?.exposureMinor ?? null,
      overdueMinor: total.base?.overdueMinor ?? null,
      daysOverdueMax: total.daysOverdueMax,
      members: [customer.id, ...descendants],
      open: total.invoices,
      conversions: total.conversions,
    };
    this.spells.push(spell);
    this.#current.set(customer.id, { spell, begins: number });
  }
}

function asksForHold({ standing }: StandingDecision, policy: Policy): boolean {
  return standing !== 'clear' && policy.standings[standing].effect === 'hold';
}
