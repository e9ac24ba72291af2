import type { Page, RowRef } from '../../src/domain/index.ts';
import { textAt } from '../kit/rows.ts';
import { emptyPage, PageSource, type OpenPage } from './page-source.ts';
import type { Entity } from './query.ts';

/** Payments come before the credit memos that they link. */
const ORDER: readonly Entity[] = ['Customer', 'Invoice', 'Payment', 'CreditMemo'];

/**
 * Records by their ids, in one page; those that QuickBooks does not know (any more) come as `deleted`. A credit of kind
 * 'unapplied-payment' is read as the payment of that id.
 */
export async function readRowsByRef(source: PageSource, refs: readonly RowRef[]): Promise<Page> {
  // What payments said at another time does not count here.
  const now = new PageSource(source.company, source.context);
  const page = emptyPage();
  for (const entity of ORDER) {
    const wanted = refs.filter((ref) => entityOf(ref) === entity);
    const rows = await now.company.byIds(entity, [...new Set(wanted.map((ref) => ref.remoteId))]);
    await now.mapRows(entity, rows, page);
    const found = new Set(rows.map((row) => textAt(row, 'Id')));
    page.deleted.push(...wanted.filter((ref) => !found.has(ref.remoteId) || isGone(ref, page)));
  }
  return { ...page, cursor: '', totalRows: null };
}

/** A payment that only links credit memos has no rest of its own. */
function isGone(ref: RowRef, page: OpenPage): boolean {
  if (ref.creditKind !== 'unapplied-payment') return false;
  const understood = page.payments.some((payment) => payment.remoteId === ref.remoteId);
  const rest = page.credits.some(
    ({ kind, remoteId }) => kind === ref.creditKind && remoteId === ref.remoteId,
  );
  return understood && !rest;
}

function entityOf({ kind, creditKind }: RowRef): Entity {
  if (kind === 'customer') return 'Customer';
  if (kind === 'invoice') return 'Invoice';
  return kind === 'payment' || creditKind === 'unapplied-payment' ? 'Payment' : 'CreditMemo';
}
