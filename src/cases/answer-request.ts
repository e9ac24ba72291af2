import { appendAudit } from '../audit/index.ts';
import { HoldfastError, dayAt, type Day } from '../domain/index.ts';
import type { Reader, Tx } from '../store/index.ts';
import {
  findPerson,
  judgeApproval,
  mayDecide,
  type Person,
  type Question,
  type Verdict,
} from './approval.ts';
import { carryOut, questionOf, requestFor, type CaseDeps } from './change-case.ts';
import type { Asking, CaseChange, CaseConnection } from './changes/case-change.ts';
import { prepare } from './changes/prepare.ts';
import { assertDayBetween, refused, yearAfter } from './changes/refuse.ts';
import { nameKey } from './name-key.ts';
import { readDecider, readPeople } from './people/store.ts';
import { writeOrRehearse } from './rehearse.ts';
import type { CaseRequest, RequestState, RequestStatus, RequestStep } from './requests/request.ts';
import {
  editRequest,
  insertStep,
  moveRequest,
  readRequest,
  readRequests,
  readSteps,
  snoozeRequest,
  type RequestFilter,
} from './requests/store.ts';

/** What a person says to a request. `edition`: the one that they saw; null = whichever it is now. */
export type RequestAnswer =
  | { kind: 'approve'; edition: number | null; why: string }
  | { kind: 'reject'; why: string }
  | { kind: 'snooze'; until: Day }
  | { kind: 'edit'; change: CaseChange; why: string };

/** How a request stands after an answer. */
export interface AnswerOutcome {
  request: CaseRequest;
  verdict: Verdict;
  /** Whether it was carried out with this answer. */
  carriedOut: boolean;
  by: string;
}

interface Answering {
  deps: CaseDeps;
  tx: Tx;
  connection: CaseConnection;
  request: CaseRequest;
  steps: RequestStep[];
  people: Person[];
  by: string;
  atMs: number;
}

/** Requests with how they stand; those past their end count as expired, whether anybody wrote that down or not. */
export async function readRequestStatuses(
  reader: Reader,
  policy: CaseDeps['policy'],
  nowMs: number,
  filter: RequestFilter = {},
): Promise<RequestStatus[]> {
  const { state, ...rest } = filter;
  const stored = state === 'expired' ? 'waiting' : state;
  const found = await readRequests(reader, stored === undefined ? rest : { ...rest, state: stored });
  const requests = found.map((request) => ({
    ...request,
    state: isOver(request, nowMs) ? ('expired' as const) : request.state,
  }));
  const shown = requests.filter((request) => state === undefined || request.state === state);
  const steps = await readSteps(
    reader,
    shown.map((request) => request.id),
  );
  const people = await readPeople(reader);
  return shown.map((request) => {
    const said = steps.get(request.id) ?? [];
    return { request, steps: said, verdict: judgeRequest(policy, people, request, said) };
  });
}

/**
 * A person's answer to a request. The last yes that it needs carries it out in the same transaction; two people at
 * once make one decision, and the second is told what it is already. Throws REQUEST_UNKNOWN, REQUEST_SETTLED,
 * REQUEST_EDITED, MAY_NOT_DECIDE, and what the change is refused for by now; then nothing was written.
 */
export async function answerRequest(
  deps: CaseDeps,
  connection: CaseConnection,
  id: number,
  answer: RequestAnswer,
  by: string,
): Promise<AnswerOutcome> {
  return writeOrRehearse(deps.store, deps.dryRun ?? false, async (tx) => {
    const atMs = deps.clock.nowMs();
    const request = await readRequest(tx, id);
    if (request === null || request.connectionId !== connection.id) throw unknownRequest(id);
    const steps = (await readSteps(tx, [id])).get(id) ?? [];
    if (isOver(request, atMs)) throw settled({ ...request, state: 'expired' }, steps);
    if (request.state !== 'waiting') throw settled(request, steps);
    const people = await readPeople(tx);
    const at = { deps, tx, connection, request, steps, people, by: await readDecider(tx, by), atMs };
    if (answer.kind === 'approve') return approve(at, answer);
    if (answer.kind === 'reject') return reject(at, answer.why);
    if (answer.kind === 'snooze') return snooze(at, answer.until);
    return edit(at, answer.change, answer.why);
  });
}

async function approve(
  at: Answering,
  answer: { edition: number | null; why: string },
): Promise<AnswerOutcome> {
  const { tx, request, steps, by, atMs } = at;
  if (answer.edition !== null && answer.edition !== request.edition)
    throw refused(
      'REQUEST_EDITED',
      `Request ${request.id} was edited: it is edition ${request.edition} now, not ${answer.edition}.`,
      '`holdfast queue list` shows what it asks for now.',
    );
  const { asking, prepared, question } = await prepareAgain(at);
  const verdict = judgeNext(at, question);
  await insertStep(tx, request, 'approved', { by, atMs, why: answer.why });
  await audit(at, 'request.approved', { summary: request.summary, missing: verdict.missing });
  if (!verdict.approved) return { request, verdict, carriedOut: false, by };
  if (!(await moveRequest(tx, request, 'done'))) throw settled(request, steps);
  const { change } = request;
  await carryOut(tx, { asking, change, prepared, approvedBy: verdict.counted, atMs });
  await insertStep(tx, request, 'done', { by, atMs });
  return { request: { ...request, state: 'done' }, verdict, carriedOut: true, by };
}

/** Looks at the change, and at what it is worth, as things are now. The wish and its reason stay who asked's. */
async function prepareAgain({ connection, request, steps, tx, atMs }: Answering) {
  const asker = steps.findLast((one) => one.step === 'asked' || one.step === 'edited')?.by;
  const today = dayAt(atMs, connection.timeZone);
  const asking: Asking = { connection, today, by: asker ?? request.askedBy, why: request.why };
  const prepared = await prepare(tx, asking, request.change);
  return { asking, prepared, question: questionOf(asking, prepared) ?? questionIn(request) };
}

/** How it stands with this person's yes. Throws MAY_NOT_DECIDE with the reason when that brings it no further. */
function judgeNext({ deps, people, request, steps, by }: Answering, question: Question): Verdict {
  const yesBy = approvalsOf(request, steps);
  const before = judgeApproval(deps.policy, people, question, yesBy);
  const after = judgeApproval(deps.policy, people, question, [...yesBy, by]);
  if (after.counted.length > before.counted.length) return after;
  const { kind, amountMinor, baseCurrency, askedBy } = question;
  const right = mayDecide(deps.policy, findPerson(people, by), kind, amountMinor, baseCurrency);
  if (!right.allowed) throw mayNot(right.why);
  const did = nameKey(by) === nameKey(askedBy) ? 'asked for it' : 'has approved it already';
  throw mayNot(`${by} ${did}: it needs the yes of somebody else.`);
}

async function reject(at: Answering, why: string): Promise<AnswerOutcome> {
  const { deps, tx, request, people, by, atMs } = at;
  if (why === '') throw refused('REASON_NEEDED', 'A request is rejected for a reason.', 'Add --why "…".');
  const { kind, amountMinor, currency } = request;
  const right = mayDecide(deps.policy, findPerson(people, by), kind, amountMinor, currency);
  // Whoever asked may take it back.
  if (!right.allowed && nameKey(by) !== nameKey(request.askedBy)) throw mayNot(right.why);
  if (!(await moveRequest(tx, request, 'rejected'))) throw settled(request, at.steps);
  await insertStep(tx, request, 'rejected', { by, atMs, why });
  await audit(at, 'request.rejected', { summary: request.summary, why });
  return outcome(at, { ...request, state: 'rejected' });
}

async function snooze(at: Answering, until: Day): Promise<AnswerOutcome> {
  const { tx, request, by, atMs, connection } = at;
  const today = dayAt(atMs, connection.timeZone);
  assertDayBetween('The day', until, today, yearAfter(today));
  if (!(await snoozeRequest(tx, request.id, until))) throw settled(request, at.steps);
  await insertStep(tx, request, 'snoozed', { by, atMs, why: `until ${until}` });
  await audit(at, 'request.snoozed', { summary: request.summary, until });
  return outcome(at, { ...request, snoozedUntil: until });
}

/** Whoever edits a request asks for it as it is then: what was approved was another thing. */
async function edit(at: Answering, change: CaseChange, why: string): Promise<AnswerOutcome> {
  const { deps, tx, connection, request, people, by, atMs } = at;
  const today = dayAt(atMs, connection.timeZone);
  const asking: Asking = { connection, today, by, why: why === '' ? request.why : why };
  const prepared = await prepare(tx, asking, change);
  const question = questionOf(asking, prepared);
  if (question === null)
    throw refused(
      'NOTHING_TO_ASK',
      'As it is now it changes nothing that needs a yes.',
      'Reject it instead.',
    );
  const asked = { ...request, ...requestFor({ deps, asking, change, prepared, question, atMs }) };
  if (!(await editRequest(tx, { ...asked, askedAtMs: request.askedAtMs }))) throw settled(request, at.steps);
  const edited = { ...asked, askedAtMs: request.askedAtMs, edition: request.edition + 1, snoozedUntil: null };
  await insertStep(tx, edited, 'edited', { by, atMs, why });
  await audit(at, 'request.edited', { summary: edited.summary, before: request.summary, why });
  const verdict = judgeApproval(deps.policy, people, question, [by]);
  if (!verdict.approved) return { request: edited, verdict, carriedOut: false, by };
  await moveRequest(tx, edited, 'done');
  await carryOut(tx, { asking, change, prepared, approvedBy: verdict.counted, atMs });
  await insertStep(tx, { id: edited.id, edition: edited.edition }, 'done', { by, atMs });
  return { request: { ...edited, state: 'done' }, verdict, carriedOut: true, by };
}

function outcome({ deps, people, steps, by }: Answering, request: CaseRequest): AnswerOutcome {
  return { request, verdict: judgeRequest(deps.policy, people, request, steps), carriedOut: false, by };
}

/** How a request stands after what was said of its present edition. */
function judgeRequest(
  policy: CaseDeps['policy'],
  people: readonly Person[],
  request: CaseRequest,
  steps: RequestStep[],
): Verdict {
  return judgeApproval(policy, people, questionIn(request), approvalsOf(request, steps));
}

const approvalsOf = ({ edition }: CaseRequest, steps: RequestStep[]): string[] =>
  steps.filter((one) => one.step === 'approved' && one.edition === edition).map((one) => one.by);

const questionIn = ({ kind, amountMinor, currency, askedBy }: CaseRequest): Question => ({
  ...{ kind, amountMinor, askedBy },
  baseCurrency: currency,
});

async function audit(at: Answering, action: string, details: Record<string, unknown>): Promise<void> {
  await appendAudit(at.tx, at.atMs, {
    connectionId: at.connection.id,
    actor: at.by,
    action,
    subject: `request ${at.request.id}`,
    details,
  });
}

const isOver = (request: CaseRequest, nowMs: number): boolean =>
  request.state === 'waiting' && request.expiresAtMs <= nowMs;

function settled(request: CaseRequest, steps: RequestStep[]): HoldfastError {
  const last = steps.findLast((one) => one.step === 'done' || one.step === 'rejected');
  const by = last === undefined ? '' : ` (by ${last.by})`;
  const states: Record<RequestState, string> = {
    waiting: 'was changed by somebody else just now',
    done: `is done already${by}`,
    rejected: `was rejected${by}`,
    expired: 'was not answered in time and is void',
  };
  const message = `Nothing was changed: request ${request.id} ${states[request.state]}.`;
  return new HoldfastError('REQUEST_SETTLED', message, {
    kind: 'state',
    hint: 'Ask again if it is still wanted.',
  });
}

const unknownRequest = (id: number): HoldfastError =>
  refused(
    'REQUEST_UNKNOWN',
    `There is no request number ${id}.`,
    '`holdfast queue list` shows those that wait.',
  );

const mayNot = (why: string): HoldfastError =>
  refused('MAY_NOT_DECIDE', `Nothing was changed: ${why}`, '`holdfast queue list` says who may.');

/** The request of a number. Throws REQUEST_UNKNOWN. */
export async function requireRequest(reader: Reader, id: number): Promise<CaseRequest> {
  const request = await readRequest(reader, id);
  if (request === null) throw unknownRequest(id);
  return request;
}
