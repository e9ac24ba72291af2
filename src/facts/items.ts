import type { CustomerId } from '../domain/index.ts';
import type { OpenCredit, OpenInvoice } from '../mirror/index.ts';
import type { Items } from './figures.ts';

/** Nearly everybody has none of most kinds: they share this one, which nobody can put anything into. */
const NONE: never[] = [];
Object.freeze(NONE);

/** What a customer has of whom no document speaks. */
export const NO_ITEMS: Items = { invoices: NONE, credits: NONE, drafts: NONE, orders: NONE };

/** Documents by the customer that they count for, invoices, drafts and orders in the order of their due days. */
export class ItemsByCustomer {
  readonly #items = new Map<CustomerId, Items>();

  constructor({ invoices, credits, drafts, orders }: Items) {
    eachOwner(invoices, (id, own) => this.#add(id, { invoices: own }));
    eachOwner(credits, (id, own) => this.#add(id, { credits: own }));
    eachOwner(drafts, (id, own) => this.#add(id, { drafts: own }));
    eachOwner(orders, (id, own) => this.#add(id, { orders: own }));
    for (const items of this.#items.values()) sort(items);
  }

  /** Whoever documents name. */
  owners(): Iterable<CustomerId> {
    return this.#items.keys();
  }

  /** Hands what a merged customer has over to the one that is left. */
  follow(survivor: (id: CustomerId) => CustomerId): void {
    for (const [id, items] of [...this.#items]) {
      const heir = survivor(id);
      if (heir === id) continue;
      this.#items.delete(id);
      const own = this.#items.get(heir);
      this.#items.set(heir, own === undefined ? items : together([own, items]));
    }
  }

  /** All that a customer has. */
  of(id: CustomerId): Items {
    return this.#items.get(id) ?? NO_ITEMS;
  }

  /** All that some customers have. */
  ofAll(ids: CustomerId[]): Items {
    const found = ids.flatMap((id) => this.#items.get(id) ?? []);
    return found.length > 1 ? together(found) : (found[0] ?? NO_ITEMS);
  }

  #add(id: CustomerId, more: Partial<Items>): void {
    const { invoices = NONE, credits = NONE, drafts = NONE, orders = NONE } = more;
    const fresh = { invoices, credits, drafts, orders };
    const known = this.#items.get(id);
    this.#items.set(id, known === undefined ? fresh : joined([known, fresh]));
  }
}

/** Documents come in the order of their customers: each has a stretch of the list, or a few. */
function eachOwner<T extends { customerId: CustomerId }>(
  documents: readonly T[],
  take: (id: CustomerId, own: T[]) => void,
): void {
  let from = 0;
  for (let at = 1; at <= documents.length; at += 1) {
    const owner = documents[from]?.customerId;
    if (owner === undefined || documents[at]?.customerId === owner) continue;
    take(owner, documents.slice(from, at));
    from = at;
  }
}

const together = (some: Items[]): Items => sort(joined(some));

function joined(some: Items[]): Items {
  return {
    invoices: join(some.map(({ invoices }) => invoices)),
    credits: join(some.map(({ credits }) => credits)),
    drafts: join(some.map(({ drafts }) => drafts)),
    orders: join(some.map(({ orders }) => orders)),
  };
}

function join<T>(lists: T[][]): T[] {
  const filled = lists.filter((list) => list.length > 0);
  return filled.length > 1 ? filled.flat() : (filled[0] ?? NONE);
}

function sort(items: Items): Items {
  for (const list of [items.invoices, items.drafts, items.orders]) if (list.length > 1) list.sort(byDueDate);
  if (items.credits.length > 1) items.credits.sort(byDate);
  return items;
}

/** Oldest first; ties by number, so that the same items always give the same bytes. */
function byDueDate(a: OpenInvoice, b: OpenInvoice): number {
  if (a.dueDate !== b.dueDate) return a.dueDate < b.dueDate ? -1 : 1;
  return byNumber(a, b);
}

function byDate(a: OpenCredit, b: OpenCredit): number {
  if (a.date !== b.date) return a.date < b.date ? -1 : 1;
  return byNumber(a, b) || (a.kind < b.kind ? -1 : 1);
}

function byNumber(a: { number: string; id: string }, b: { number: string; id: string }): number {
  if (a.number !== b.number) return a.number < b.number ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
