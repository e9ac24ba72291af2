import type { CaseChange } from '../cases/index.ts';
import { HoldfastError, type Day } from '../domain/index.ts';
import { amountOf } from './case-command.ts';
import { limitIn } from './commands/limits-set.ts';

export interface EditOptions {
  amount?: string;
  until?: Day;
}

/** A change with another amount or another last day. Throws NOT_EDITABLE for what has neither. */
export function editedChange(change: CaseChange, currency: string, options: EditOptions): CaseChange {
  const { amount, until } = options;
  if (amount === undefined && until === undefined)
    throw new HoldfastError('USAGE', 'Say what to ask for instead: --amount AMOUNT or --until DAY.');
  const edited = editOf(change, currency, amount, until);
  if (edited !== null) return edited;
  const parts = [amount === undefined ? [] : ['amount'], until === undefined ? [] : ['last day']].flat();
  throw new HoldfastError(
    'NOT_EDITABLE',
    `What this request asks for has no ${parts.join(' or ')} to edit.`,
    {
      hint: 'Reject it and ask anew.',
    },
  );
}

function editOf(
  change: CaseChange,
  currency: string,
  amount: string | undefined,
  until: Day | undefined,
): CaseChange | null {
  switch (change.kind) {
    case 'limit.set': {
      const [entry] = change.table.entries;
      if (change.customer === null || entry === undefined || amount === undefined || until !== undefined)
        return null;
      const entries = [{ ...entry, limit: limitIn(amount, currency) }];
      return { ...change, table: { ...change.table, entries } };
    }
    case 'limit.temporary': {
      const amountMinor = amount === undefined ? change.amountMinor : amountOf(amount, currency);
      return { ...change, amountMinor, to: until ?? change.to };
    }
    case 'release.grant': {
      const upToMinor = amount === undefined ? change.upToMinor : amountOf(amount, currency);
      return { ...change, upToMinor, until: until ?? change.until };
    }
    case 'standing.set':
      return amount === undefined ? { ...change, until: until ?? change.until } : null;
    default:
      return null;
  }
}
