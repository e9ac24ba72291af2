import { formatMoney } from '../../domain/index.ts';
import type { Reader } from '../../store/index.ts';
import { changedLimits, readLimit, saveLimits, type LimitDifference } from '../limit/store.ts';
import type { CreditLimit, LimitTable } from '../limits.ts';
import { readTemporaryLimits, type NumberedTemporaryLimit } from '../notes/store.ts';
import { nextNumber, saveInsuredLimit, saveTemporaryLimit } from '../noting/store.ts';
import type { Asking, LimitChange, Prepare, Prepared } from './case-change.ts';
import { assertDayBetween, refused, yearAfter } from './refuse.ts';

type Of<K extends LimitChange['kind']> = Extract<LimitChange, { kind: K }>;

export const prepareLimits: Prepare<Of<'limit.set'>> = async (reader, { connection }, change) => {
  const { id, baseCurrency } = connection;
  const changed = await changedLimits(reader, id, change.table);
  const { entries, groups } = changed.table;
  const question = { kind: 'limit' as const, amountMinor: largestOf(changed.raised) };
  const details = { entries: entries.length, groups: groups.length };
  return {
    summary: summaryOf(change, changed, baseCurrency),
    details: change.customer === null ? details : { ...details, ...oneOf(change) },
    question: changed.raised.entries.length + changed.raised.groups.length === 0 ? null : question,
    commit: async (tx, meta) => {
      await saveLimits(tx, id, change.table, meta);
      return null;
    },
  };
};

function summaryOf(
  { customer, table }: Of<'limit.set'>,
  { before }: LimitDifference,
  currency: string,
): string {
  const [entry] = table.entries;
  const [group] = table.groups;
  if (customer !== null && entry !== undefined)
    return `limit of ${customer.name}: ${limitText(before.get(entry.customerId)?.limit, currency)} → ${limitText(entry.limit, currency)}${entry.group === null ? '' : `, group ${entry.group}`}`;
  if (entry === undefined && group !== undefined)
    return `limit of the group ${group.name}: ${formatMoney(group.limitMinor, currency)}`;
  return `${table.entries.length} limits and ${table.groups.length} groups from a file`;
}

/** What the audit log keeps of one customer's limit. */
function oneOf({ customer, table }: Of<'limit.set'>): Record<string, unknown> {
  const [entry] = table.entries;
  return { name: customer?.name, limit: entry?.limit, group: entry?.group, reviewOn: entry?.reviewOn };
}

/** The largest amount that a table sets; null when one of them is without end. */
function largestOf({ entries, groups }: LimitTable): number | null {
  if (entries.some((entry) => entry.limit?.kind === 'unlimited')) return null;
  const amounts = entries.map((entry) => (entry.limit?.kind === 'amount' ? entry.limit.limitMinor : 0));
  return [...amounts, ...groups.map((group) => group.limitMinor)].reduce((a, b) => Math.max(a, b), 0);
}

/** A limit for people: 'not assessed', 'cash only (0)', 'unlimited' or its amount. */
export function limitText(limit: CreditLimit | null | undefined, currency: string): string {
  if (limit == null) return 'not assessed';
  if (limit.kind === 'unlimited') return 'unlimited';
  return limit.limitMinor === 0 ? 'cash only (0)' : formatMoney(limit.limitMinor, currency);
}

export const prepareTemporaryLimit: Prepare<Of<'limit.temporary'>> = async (reader, asking, change) => {
  const { connection, today, why } = asking;
  const { customer, amountMinor, from, to } = change;
  assertDayBetween('The last day', to, from > today ? from : today, yearAfter(today));
  const permanent = (await readLimit(reader, connection.id, customer.id))?.limit ?? null;
  if (permanent?.kind !== 'amount')
    throw refused(
      'NO_AMOUNT_TO_RAISE',
      `The limit of ${customer.name} is ${limitText(permanent, connection.baseCurrency)}: nothing can be added to it.`,
      'Set an amount first with `holdfast limits set`; 0 is cash only.',
    );
  const others = (await temporaryOf(reader, asking, customer.id)).filter(
    (one) => one.from <= to && one.to >= from,
  );
  const total = [...others, change].reduce((sum, one) => sum + one.amountMinor, permanent.limitMinor);
  const money = (minor: number): string => formatMoney(minor, connection.baseCurrency);
  return {
    summary: `temporary limit of ${customer.name}: ${money(amountMinor)} more from ${from} to ${to}, ${money(total)} together`,
    details: { name: customer.name, amountMinor, from, to, totalMinor: total },
    question: { kind: 'limit', amountMinor: total },
    commit: async (tx, meta) => {
      const id = await nextNumber(tx, 'temporary_limit');
      const one = { id, customerId: customer.id, amountMinor, from, to, reason: why };
      await saveTemporaryLimit(tx, connection.id, { ...one, state: 'open' }, meta);
      return id;
    },
  };
};

async function temporaryOf(reader: Reader, { connection, today }: Asking, customerId: string) {
  const moment = { asOf: today, knownAtMs: Infinity };
  const all = await readTemporaryLimits(reader, connection.id, moment);
  return all.filter((one) => one.customerId === customerId);
}

export const prepareTemporaryEnd: Prepare<Of<'limit.temporary.end'>> = async (reader, asking, change) => {
  const found = (await temporaryOf(reader, asking, change.customer.id)).find((one) => one.id === change.id);
  if (found === undefined)
    throw refused(
      'NOT_IN_FORCE',
      `${change.customer.name} has no temporary limit number ${change.id} that is not over.`,
      '`holdfast limits history CUSTOMER` shows them.',
    );
  return endOf(asking, change, found);
};

function endOf(asking: Asking, change: Of<'limit.temporary.end'>, one: NumberedTemporaryLimit): Prepared {
  return {
    summary: `temporary limit ${one.id} of ${change.customer.name} (${formatMoney(one.amountMinor, asking.connection.baseCurrency)} to ${one.to}) ends`,
    details: { name: change.customer.name, number: one.id, amountMinor: one.amountMinor },
    question: null,
    commit: async (tx, meta) => {
      await saveTemporaryLimit(tx, asking.connection.id, { ...one, state: 'ended' }, meta);
      return one.id;
    },
  };
}

export const prepareInsurance: Prepare<Of<'limit.insure'>> = (_reader, { connection, today }, change) => {
  const { customer, insured, from } = change;
  if (insured?.until != null)
    assertDayBetween('The last day of the cover', insured.until, today, yearAfter(today));
  const cover =
    insured === null
      ? 'none'
      : `${formatMoney(insured.limitMinor, connection.baseCurrency)} at ${insured.coverPercent} % by ${insured.insurer}${insured.until === null ? '' : ` until ${insured.until}`}`;
  return Promise.resolve({
    summary: `insured part of ${customer.name}: ${cover}`,
    details: { name: customer.name, insured, from },
    question: insured === null ? null : { kind: 'limit', amountMinor: insured.limitMinor },
    commit: async (tx, meta) => {
      await saveInsuredLimit(tx, connection.id, customer.id, insured, { ...meta, day: from });
      return null;
    },
  });
};
