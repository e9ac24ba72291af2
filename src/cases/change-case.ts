import { appendAudit } from '../audit/index.ts';
import { dayAt } from '../domain/index.ts';
import type { Clock } from '../lib/index.ts';
import type { Store, Tx } from '../store/index.ts';
import { judgeApproval, type ApprovalPolicy, type Question, type Verdict } from './approval.ts';
import type { Asking, CaseChange, CaseConnection, Prepared } from './changes/case-change.ts';
import { prepare } from './changes/prepare.ts';
import { refused } from './changes/refuse.ts';
import { readDecider, readPeople } from './people/store.ts';
import type { CaseRequest } from './requests/request.ts';
import { insertRequest, insertStep } from './requests/store.ts';
import { writeOrRehearse } from './rehearse.ts';

/** What changing a case needs. `dryRun`: everything is checked and done, and then undone. */
export interface CaseDeps {
  store: Store;
  clock: Clock;
  policy: ApprovalPolicy;
  dryRun?: boolean;
}

/** What came of a wish: it was carried out, or it waits for somebody's yes. */
export interface Outcome {
  state: 'done' | 'waiting';
  summary: string;
  by: string;
  /** The number of what was made or changed; null where it has none, and while it waits. */
  id: number | null;
  /** The request that waits; null when it was done at once. */
  request: { id: number; verdict: Verdict } | null;
}

export interface Wish {
  connection: CaseConnection;
  change: CaseChange;
  by: string;
  why: string;
}

const DAY_MS = 86_400_000;

/**
 * Makes a change of what people know, with its audit entry, or puts it into the queue when it needs the yes of
 * somebody else. Throws PERSON_UNKNOWN, REASON_NEEDED, and what the change is refused for; then nothing was written.
 */
export async function changeCase(deps: CaseDeps, wish: Wish): Promise<Outcome> {
  return writeOrRehearse(deps.store, deps.dryRun ?? false, async (tx) => {
    const atMs = deps.clock.nowMs();
    const by = await readDecider(tx, wish.by);
    const asking: Asking = { ...wish, by, today: dayAt(atMs, wish.connection.timeZone) };
    const prepared = await prepare(tx, asking, wish.change);
    const question = questionOf(asking, prepared);
    if (question === null)
      return carryOut(tx, { asking, change: wish.change, prepared, approvedBy: [], atMs });
    const verdict = judgeApproval(deps.policy, await readPeople(tx), question, [by]);
    if (verdict.approved)
      return carryOut(tx, { asking, change: wish.change, prepared, approvedBy: verdict.counted, atMs });
    return enqueue(tx, { deps, asking, change: wish.change, prepared, question, verdict, atMs });
  });
}

/** What must be decided before a change is carried out; null when it needs nobody. */
export function questionOf(asking: Asking, { question }: Prepared): Question | null {
  if (question === null) return null;
  const { kind, amountMinor, askedBy = asking.by } = question;
  return { kind, amountMinor, baseCurrency: asking.connection.baseCurrency, askedBy };
}

interface Work {
  asking: Asking;
  change: CaseChange;
  prepared: Prepared;
  atMs: number;
}

/** Writes a change down with who asked, who approved it, and an audit entry. */
export async function carryOut(
  tx: Tx,
  { asking, change, prepared, approvedBy, atMs }: Work & { approvedBy: string[] },
): Promise<Outcome> {
  const { connection, by, today, why } = asking;
  const others = approvedBy.filter((name) => name !== by);
  const noted = others.length === 0 ? why : `${why} (approved by ${others.join(', ')})`.trim();
  const id = await prepared.commit(tx, { by, atMs, day: today, why: noted }, approvedBy);
  await appendAudit(tx, atMs, {
    connectionId: connection.id,
    actor: by,
    action: isFile(change) ? 'limits.imported' : change.kind,
    subject: subjectOf(asking, change),
    details: { ...prepared.details, why, ...(others.length === 0 ? {} : { approvedBy: others }) },
  });
  return { state: 'done', summary: prepared.summary, by, id, request: null };
}

const isFile = (change: CaseChange): boolean =>
  change.kind === 'limit.set' && change.customer === null && change.table.entries.length > 0;

const subjectOf = ({ connection }: Asking, { customer }: CaseChange): string =>
  customer === null ? `connection ${connection.id}` : `customer ${customer.id}`;

async function enqueue(
  tx: Tx,
  work: Work & { deps: CaseDeps; question: Question; verdict: Verdict },
): Promise<Outcome> {
  const { asking, change, prepared, question, verdict, atMs } = work;
  if (asking.why === '')
    throw refused(
      'REASON_NEEDED',
      'This needs the yes of somebody else, who will want to know why.',
      'Add --why "…".',
    );
  const request = requestFor(work);
  const id = await insertRequest(tx, request);
  await insertStep(tx, { id, edition: 1, change }, 'asked', { by: asking.by, atMs, why: asking.why });
  await appendAudit(tx, atMs, {
    connectionId: asking.connection.id,
    actor: asking.by,
    action: 'request.asked',
    subject: `request ${id}`,
    details: { kind: question.kind, change: change.kind, summary: prepared.summary, why: asking.why },
  });
  return { state: 'waiting', summary: prepared.summary, by: asking.by, id: null, request: { id, verdict } };
}

/** The request that a wish makes. */
export function requestFor(
  work: Work & { deps: Pick<CaseDeps, 'policy'>; question: Question },
): Omit<CaseRequest, 'id' | 'edition' | 'state' | 'snoozedUntil'> {
  const { deps, asking, change, prepared, question, atMs } = work;
  return {
    connectionId: asking.connection.id,
    customerId: change.customer?.id ?? null,
    kind: question.kind,
    change,
    summary: prepared.summary,
    amountMinor: question.amountMinor,
    currency: question.baseCurrency,
    why: asking.why,
    askedBy: question.askedBy,
    askedAtMs: atMs,
    expiresAtMs: atMs + deps.policy.approvals.expireAfterDays * DAY_MS,
  };
}
