import type {
  CaseNotes,
  CreditLimit,
  Dispute,
  HoldRelease,
  LimitEntry,
  LimitTable,
  LimitTerms,
  ManualStanding,
  PaymentPromise,
} from '../cases/index.ts';
import type { CustomerId, Day, DocumentId } from '../domain/index.ts';
import type { OpenInvoice } from '../mirror/index.ts';
import { compareStandings } from '../policy/index.ts';

/** What people know of one customer, merged ones included. */
export interface CustomerNotes {
  limit: CreditLimit | null;
  limitTerms: (LimitTerms & { permanentMinor: number | null }) | null;
  /** The limit group's name. */
  groupName: string | null;
  tags: readonly string[];
  promises: readonly PaymentPromise[];
  manualStandings: readonly ManualStanding[];
  releases: readonly HoldRelease[];
}

const NO_NOTES: Pick<CustomerNotes, 'tags' | 'promises' | 'manualStandings' | 'releases'> = {
  tags: [],
  promises: [],
  manualStandings: [],
  releases: [],
};
const NO_DISPUTES: readonly Dispute[] = [];

/** Notes by the customer that they count for. */
export interface NotesIndex {
  of(id: CustomerId): CustomerNotes;
  /** Disputes that some customers have of these invoices, in the invoices' order. */
  disputesOf(ids: readonly CustomerId[], invoices: readonly OpenInvoice[]): readonly Dispute[];
}

/**
 * Sorts out whose notes are whose on a day. What is noted of a customer that was merged into another is its
 * survivor's; of limits (with their terms and group) the survivor's own goes before. Pure.
 */
export function indexNotes(
  { limits, notes }: { limits: LimitTable; notes: CaseNotes },
  survivor: (id: CustomerId) => CustomerId,
  asOf: Day,
): NotesIndex {
  const entries = bySurvivor(limits.entries, (entry) => entry.customerId, survivor);
  const terms = bySurvivor(notes.limitTerms, ([id]) => id, survivor);
  const tags = tagsBySurvivor(notes.tags, survivor);
  const whose = (note: { customerId: CustomerId }): CustomerId => survivor(note.customerId);
  const promises = Map.groupBy(notes.promises, whose);
  const manual = Map.groupBy(notes.manualStandings.filter(isInForce(asOf)), whose);
  const releases = Map.groupBy(notes.releases.filter(isInForce(asOf)), whose);
  return {
    of(id) {
      const entry = entries.get(id);
      const own = entry === undefined ? terms.get(id)?.[1] : notes.limitTerms.get(entry.customerId);
      return {
        limit: limitInForce(entry?.limit ?? null, own, asOf),
        limitTerms: own === undefined ? null : { ...own, permanentMinor: permanentOf(entry) },
        groupName: entry?.group ?? null,
        tags: tags.get(id) ?? NO_NOTES.tags,
        promises: promises.get(id)?.toSorted(newestFirst) ?? NO_NOTES.promises,
        manualStandings: manual.get(id)?.toSorted(mostSevereFirst) ?? NO_NOTES.manualStandings,
        releases: releases.get(id) ?? NO_NOTES.releases,
      };
    },
    disputesOf: disputeFinder(Map.groupBy(notes.disputes, whose)),
  };
}

/** A customer merged into another takes its own along, unless the survivor has one itself. */
function bySurvivor<T>(
  entries: Iterable<T>,
  whose: (entry: T) => CustomerId,
  survivor: (id: CustomerId) => CustomerId,
): Map<CustomerId, T> {
  const own = new Map<CustomerId, T>();
  for (const entry of entries) own.set(whose(entry), entry);
  const all = new Map(own);
  for (const [id, entry] of own) {
    const heir = survivor(id);
    if (!own.has(heir)) all.set(heir, entry);
  }
  return all;
}

function tagsBySurvivor(
  tags: CaseNotes['tags'],
  survivor: (id: CustomerId) => CustomerId,
): Map<CustomerId, readonly string[]> {
  const merged = Map.groupBy(tags, ([id]) => survivor(id));
  return new Map(
    [...merged].map(([id, sets]) => {
      const only = sets.length === 1 ? sets[0]?.[1] : undefined;
      return [id, only ?? [...new Set(sets.flatMap(([, some]) => some))].sort()];
    }),
  );
}

/**
 * The limit on a day: the permanent amount and what is added from a day to a day. Nothing is added to unlimited, and
 * a customer that nobody assessed stays so: there is no limit that a temporary amount could raise, and taken for a
 * limit of its own it could be less than what the policy grants those whom nobody assessed.
 */
export function limitInForce(
  permanent: CreditLimit | null,
  terms: LimitTerms | undefined,
  asOf: Day,
): CreditLimit | null {
  if (permanent?.kind !== 'amount' || terms === undefined) return permanent;
  const added = temporaryMinor(terms, asOf);
  return added === 0 ? permanent : { kind: 'amount', limitMinor: permanent.limitMinor + added };
}

/** What is added to the permanent limit on a day (first and last day included). Minor units, base currency. */
export function temporaryMinor({ temporary }: Pick<LimitTerms, 'temporary'>, asOf: Day): number {
  return temporary
    .filter(({ from, to }) => from <= asOf && asOf <= to)
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0);
}

function permanentOf(entry: LimitEntry | undefined): number | null {
  return entry?.limit?.kind === 'amount' ? entry.limit.limitMinor : null;
}

const isInForce =
  (asOf: Day) =>
  ({ from, until }: { from: Day; until: Day | null }): boolean =>
    from <= asOf && (until === null || asOf <= until);

const newestFirst = (a: PaymentPromise, b: PaymentPromise): number =>
  a.promisedOn === b.promisedOn ? b.id - a.id : a.promisedOn < b.promisedOn ? 1 : -1;

/** Of equals a person's own word, then fraud, then the insurer (domain: hold order). */
const CAUSES: readonly ManualStanding['cause'][] = ['person', 'fraud', 'insurer'];
const mostSevereFirst = (a: ManualStanding, b: ManualStanding): number =>
  compareStandings(b.standing, a.standing) || CAUSES.indexOf(a.cause) - CAUSES.indexOf(b.cause);

function disputeFinder(disputes: ReadonlyMap<CustomerId, Dispute[]>): NotesIndex['disputesOf'] {
  if (disputes.size === 0) return () => NO_DISPUTES;
  return (ids, invoices) => {
    const own = ids.flatMap((id) => disputes.get(id) ?? []);
    if (own.length === 0) return NO_DISPUTES;
    const byInvoice: ReadonlyMap<DocumentId, Dispute[]> = Map.groupBy(own, ({ invoiceId }) => invoiceId);
    return invoices.flatMap(({ id }) => byInvoice.get(id) ?? []);
  };
}
