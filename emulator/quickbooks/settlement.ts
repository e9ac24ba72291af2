import { toMajor, toMinor } from '../core/money.ts';
import type { CompanyBooks } from './books.ts';
import { businessRule, notFound } from './fault-bodies.ts';
import type { LinkedTxn, NativeTransaction, PaymentLine } from './native.ts';

type Target = 'Invoice' | 'CreditMemo';

/** Stores a payment and sets its lines against the invoices and credit memos that they name. */
export function putPayment(books: CompanyBooks, payment: NativeTransaction): NativeTransaction {
  return books.change(() => {
    const before = books.read<NativeTransaction>('Payment', payment.Id);
    if (before) applyLines(books, before, -1);
    const stored = books.save('Payment', { ...payment, UnappliedAmt: unapplied(books, payment) });
    applyLines(books, stored, 1);
    return stored;
  });
}

/** Deletes a payment; what it had paid is open again. */
export function removePayment(books: CompanyBooks, id: string): void {
  books.change(() => {
    const payment = books.read<NativeTransaction>('Payment', id);
    if (!payment) throw notFound(`Payment ${id}`);
    applyLines(books, payment, -1);
    books.remove('Payment', id);
  });
}

/** Takes every payment off an invoice or credit memo, as deleting or voiding it does. */
export function releasePayments(books: CompanyBooks, target: Target, id: string): void {
  const links = books.read<NativeTransaction>(target, id)?.LinkedTxn ?? [];
  for (const { TxnId, TxnType } of links) {
    const payment = TxnType === 'Payment' ? books.read<NativeTransaction>('Payment', TxnId) : undefined;
    if (!payment) continue;
    // A payment of nothing only ties a credit to an invoice: without one of them it has no purpose.
    if (payment.TotalAmt === 0) removePayment(books, TxnId);
    else
      putPayment(
        books,
        bumped({ ...payment, Line: linesOf(payment).filter((line) => !names(line, target, id)) }),
      );
  }
}

/** The same record with its SyncToken counted up. */
export function bumped<T extends { SyncToken: string }>(record: T): T {
  return { ...record, SyncToken: String(Number(record.SyncToken) + 1) };
}

/** The currency of a transaction's amounts. */
export function currencyOf(books: CompanyBooks, transaction: Pick<NativeTransaction, 'CurrencyRef'>): string {
  return transaction.CurrencyRef?.value ?? books.company.baseCurrency;
}

function linesOf(payment: NativeTransaction): PaymentLine[] {
  return (payment.Line ?? []) as PaymentLine[];
}

function names(line: PaymentLine, target: Target, id: string): boolean {
  return line.LinkedTxn.some((link) => link.TxnType === target && link.TxnId === id);
}

function unapplied(books: CompanyBooks, payment: NativeTransaction): number {
  const currency = currencyOf(books, payment);
  let minor = toMinor(payment.TotalAmt, currency);
  for (const line of linesOf(payment)) {
    const amount = toMinor(line.Amount, currency);
    minor += line.LinkedTxn[0]?.TxnType === 'CreditMemo' ? amount : -amount;
  }
  if (minor < 0) throw businessRule('The amount applied is more than the amount received.');
  return toMajor(minor, currency);
}

function applyLines(books: CompanyBooks, payment: NativeTransaction, sign: 1 | -1): void {
  for (const line of linesOf(payment)) {
    for (const link of line.LinkedTxn) applyLine(books, payment, { link, amount: line.Amount * sign });
  }
}

function applyLine(
  books: CompanyBooks,
  payment: NativeTransaction,
  { link, amount }: { link: LinkedTxn; amount: number },
): void {
  if (link.TxnType !== 'Invoice' && link.TxnType !== 'CreditMemo') return;
  const target = books.read<NativeTransaction>(link.TxnType, link.TxnId);
  if (!target) throw notFound(`${link.TxnType} ${link.TxnId}`);
  const currency = currencyOf(books, target);
  const open = toMinor(target.Balance ?? 0, currency) - toMinor(amount, currency);
  if (open < 0) throw businessRule('The amount applied is more than what is open.');
  const { LinkedTxn: links = [], ...rest } = bumped(target);
  const kept = links.filter((one) => one.TxnId !== payment.Id);
  const linked = amount > 0 ? [...kept, { TxnId: payment.Id, TxnType: 'Payment' }] : kept;
  books.save(link.TxnType, {
    ...rest,
    ...openAmounts(books, target, toMajor(open, currency), link.TxnType),
    ...(linked.length > 0 ? { LinkedTxn: linked } : {}),
  });
}

/** Balance with all that repeats it: RemainingCredit on credits, HomeBalance in a company of several currencies. */
export function openAmounts(
  books: CompanyBooks,
  transaction: Pick<NativeTransaction, 'ExchangeRate'>,
  open: number,
  entity: Target,
): Pick<NativeTransaction, 'Balance' | 'RemainingCredit' | 'HomeBalance'> {
  const { baseCurrency, multiCurrency } = books.company;
  const home = toMajor(toMinor(open * (transaction.ExchangeRate ?? 1), baseCurrency), baseCurrency);
  return {
    Balance: open,
    ...(entity === 'CreditMemo' ? { RemainingCredit: open } : {}),
    ...(multiCurrency ? { HomeBalance: home } : {}),
  };
}
