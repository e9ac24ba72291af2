import type { Allocation, Page, QuarantinedRow } from '../../src/domain/index.ts';
import { readRows, RowFault, textAt } from '../kit/rows.ts';
import { identifyCustomer, identifyRow, linkedPayments, mapCreditMemo, mapCustomer } from './map.ts';
import { mapInvoice, readPayment, type MapContext, type PaymentRecords } from './map.ts';
import type { Company, Entity } from './query.ts';

export const KINDS = {
  Customer: 'customer',
  Invoice: 'invoice',
  CreditMemo: 'credit',
  Payment: 'payment',
} as const;

/** A page that is being filled. */
export type OpenPage = Omit<Page, 'cursor' | 'totalRows'>;

export function emptyPage(): OpenPage {
  const quarantined: QuarantinedRow[] = [];
  return { customers: [], invoices: [], credits: [], payments: [], deleted: [], quarantined };
}

/** Links are remembered of so many payments; those of others are read again when their credit memo comes. */
const MAX_LINKS = 50_000;

/** What one payment says of the credit memos that it links, by memo id. */
type Links = ReadonlyMap<string, Allocation[]>;

const NO_LINKS: Links = new Map();

/**
 * Maps rows of one company into pages. A credit memo's allocations stand in the payments that link it: what payments
 * said on their way through is remembered, the others are asked for.
 */
export class PageSource {
  readonly company: Company;
  readonly context: MapContext;
  readonly #links = new Map<string, Links>();

  constructor(company: Company, context: MapContext) {
    this.company = company;
    this.context = context;
  }

  /** Adds the records of some rows to the page. */
  async mapRows(entity: Entity, rows: unknown[], page: OpenPage): Promise<void> {
    const { context } = this;
    const identify = entity === 'Customer' ? identifyCustomer : identifyRow;
    const read = <T>(map: (row: unknown) => T): T[] =>
      readRows(rows, KINDS[entity], map, identify, page.quarantined);
    switch (entity) {
      case 'Customer':
        page.customers.push(...read((row) => mapCustomer(row, context)));
        break;
      case 'Invoice':
        page.invoices.push(...read((row) => mapInvoice(row, context)));
        break;
      case 'Payment':
        for (const records of read((row) => this.#readPayment(row))) addPayment(page, records);
        break;
      case 'CreditMemo':
        await this.#readLinks(rows);
        page.credits.push(...read((row) => mapCreditMemo(row, context, this.#allocations(row))));
    }
  }

  #readPayment(row: unknown): PaymentRecords {
    const { records, byMemo } = readPayment(row, this.context);
    const known = this.#links.has(records.payment.remoteId);
    if (known || (byMemo.size > 0 && this.#links.size < MAX_LINKS))
      this.#links.set(records.payment.remoteId, byMemo);
    return records;
  }

  /** Asks for the payments that these credit memos name and that were not seen. */
  async #readLinks(memos: unknown[]): Promise<void> {
    const missing = [...new Set(memos.flatMap(linkedPayments))].filter((id) => !this.#links.has(id));
    for (const id of missing) this.#links.set(id, NO_LINKS);
    for (const row of await this.company.byIds('Payment', missing)) {
      try {
        this.#links.set(textAt(row, 'Id'), readPayment(row, this.context).byMemo);
      } catch (error) {
        // A payment that cannot be read is quarantined where it comes as a row.
        if (!(error instanceof RowFault)) throw error;
      }
    }
  }

  #allocations(memo: unknown): Allocation[] {
    const id = textAt(memo, 'Id');
    return linkedPayments(memo).flatMap((payment) => this.#links.get(payment)?.get(id) ?? []);
  }
}

function addPayment(page: OpenPage, { payment, credit }: PaymentRecords): void {
  page.payments.push(payment);
  if (credit !== null) page.credits.push(credit);
}
