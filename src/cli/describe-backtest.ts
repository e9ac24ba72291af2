import type { CustomerId } from '../domain/index.ts';
import { addDays, type Day } from '../domain/index.ts';
import type { Connection } from '../mirror/index.ts';
import {
  caveatsOf,
  compareHeld,
  type Backtest,
  type LimitsChoice,
  type PlayedHold,
  type PolicyReplay,
} from '../whatif/index.ts';
import { describeConnectionRef, describeCustomerRef, type CustomerRef } from './documents.ts';

/** A backtest as it is written down for machines. Minor units of `currency`. */
export function describeBacktest(
  connection: Connection,
  backtest: Backtest,
  limits: LimitsChoice,
  file: string | null,
): object {
  const { from, to, days, reconstructedDays, knownUntil, baseCurrency, good, replays } = backtest;
  return {
    connection: describeConnectionRef(connection),
    ...{ from, to, days, knownUntil, currency: baseCurrency, limits, good },
    reconstructed: { days: reconstructedDays, share: reconstructedDays / days },
    policies: replays.map((replay) => describeReplay(connection, from, replay)),
    comparison: describeComparison(connection, replays),
    caveats: caveatsOf(backtest, limits),
    file,
  };
}

function describeReplay(
  connection: Connection,
  from: Day,
  { policy, totals, held, holds }: PolicyReplay,
): object {
  return {
    ...policy,
    totals,
    holds: holds.map((hold) => describeHold(connection, hold)),
    days: held.customers.map((customers, number) => ({
      day: addDays(from, number),
      customers,
      exposureMinor: held.exposureMinor[number] ?? 0,
    })),
  };
}

function describeHold(connection: Connection, hold: PlayedHold): object {
  const { customerId, name, from, until, days, standing, rules, explanation, outcome } = hold;
  const { exposureMinor, overdueMinor, daysOverdueMax } = hold;
  return {
    customer: describeCustomerRef(connection, { id: customerId, name }),
    ...{ from, until, days, standing, rules, explanation, exposureMinor, overdueMinor, daysOverdueMax },
    ...outcome,
  };
}

function describeComparison(connection: Connection, replays: PolicyReplay[]): object | null {
  const held = compareHeld(replays);
  if (held === null) return null;
  const names = new Map(
    replays.flatMap(({ holds }) => holds.map((hold) => [String(hold.customerId), hold.name])),
  );
  const refs = (ids: string[]): CustomerRef[] =>
    ids.map((id) => describeCustomerRef(connection, { id: id as CustomerId, name: names.get(id) ?? '' }));
  return { both: held.both, onlyFirst: refs(held.onlyFirst), onlySecond: refs(held.onlySecond) };
}
