import type { Day } from '../domain/index.ts';
import type { Connection } from '../mirror/index.ts';
import type { Policy } from '../policy/index.ts';
import type { Simulation } from '../whatif/index.ts';
import { describeConnectionRef, describeCustomerRef } from './documents.ts';

interface Asked {
  limits?: number;
  rates?: [currency: string, percent: number][];
  terms?: number;
}

/** A simulation as it is written down for machines. Minor units of `currency`. */
export function describeSimulation(
  connection: Connection,
  asOf: Day,
  { limits, rates = [], terms }: Asked,
  policy: Policy,
  { today, simulated, breaches, changes, newFlags, failure }: Simulation,
): object {
  const named = <T extends { customerId: Parameters<typeof describeCustomerRef>[1]['id']; name: string }>({
    customerId,
    name,
    ...rest
  }: T): object => ({ customer: describeCustomerRef(connection, { id: customerId, name }), ...rest });
  const change = {
    limitsPercent: limits ?? null,
    ratesPercent: Object.fromEntries(rates),
    termsDays: terms ?? null,
  };
  return {
    connection: describeConnectionRef(connection),
    asOf,
    currency: connection.baseCurrency,
    change,
    policy: { name: policy.name, hash: policy.hash },
    ...{ today, simulated },
    breaches: breaches.map(named),
    changes: changes.map(named),
    newFlags: newFlags.map(({ customerId, ...flag }) => ({
      customerId: `${connection.id}:${customerId}`,
      ...flag,
    })),
    failure: failure === null ? null : named(failure),
  };
}
