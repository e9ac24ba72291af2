import { formatMoney } from '../../domain/index.ts';
import { lastDayOf } from '../judge-promise.ts';
import { readPromiseVersion } from '../notes/store.ts';
import { nextNumber, savePromise } from '../noting/store.ts';
import type { Prepare, PromiseChange } from './case-change.ts';
import { assertDayBetween, refused, yearAfter } from './refuse.ts';

type Of<K extends PromiseChange['kind']> = Extract<PromiseChange, { kind: K }>;

export const preparePromise: Prepare<Of<'promise.add'>> = (_reader, { connection, today, by }, change) => {
  const { customer, amountMinor, currency, dueOn, invoices } = change;
  assertDayBetween('The day of payment', dueOn, today, yearAfter(today));
  if (amountMinor <= 0) throw refused('BAD_PROMISE_AMOUNT', 'A promise is of more than nothing.');
  const numbers = invoices.map((invoice) => invoice.number);
  const on = numbers.length === 0 ? '' : ` on ${numbers.join(', ')}`;
  return Promise.resolve({
    summary: `${customer.name} promises ${formatMoney(amountMinor, currency)}${on} by ${dueOn}; it is broken when unpaid after ${lastDayOf({ dueOn })}`,
    details: { name: customer.name, amountMinor, currency, dueOn, invoices: numbers },
    question: null,
    commit: async (tx, meta) => {
      const id = await nextNumber(tx, 'promise');
      const one = { id, customerId: customer.id, amountMinor, currency, promisedOn: today, dueOn };
      const rest = { invoiceIds: invoices.map((invoice) => invoice.id), takenBy: by, state: 'open' as const };
      await savePromise(tx, connection.id, { ...one, ...rest }, meta);
      return id;
    },
  });
};

export const prepareWithdrawal: Prepare<Of<'promise.withdraw'>> = async (reader, { connection }, change) => {
  const one = await readPromiseVersion(reader, connection.id, change.id);
  if (one?.state !== 'open') {
    const message =
      one === null
        ? `There is no promise number ${change.id}.`
        : `Promise ${change.id} is withdrawn already.`;
    throw refused('NOT_OPEN', message, '`holdfast promise list` shows them.');
  }
  return {
    summary: `promise ${one.id} of ${change.customer.name} (${formatMoney(one.amountMinor, one.currency)} by ${one.dueOn}) is withdrawn`,
    details: { name: change.customer.name, number: one.id },
    question: null,
    commit: async (tx, meta) => {
      await savePromise(tx, connection.id, { ...one, state: 'withdrawn' }, meta);
      return one.id;
    },
  };
};
