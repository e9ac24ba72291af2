import type { App } from '../app.ts';
import {
  describeApprover,
  nameKey,
  readPeople,
  readRequestStatuses,
  type Person,
  type RequestStatus,
} from '../cases/index.ts';
import { dayAt, formatMoney } from '../domain/index.ts';
import { readConnection, readConnections } from '../mirror/index.ts';
import { readIntents } from '../outbox/index.ts';
import type { CommonOptions } from './command.ts';
import { isoInstant } from './documents.ts';
import { actingPerson } from './person.ts';
import { printJsonArray, printLine, remark } from './print.ts';
import { renderTable } from './table.ts';

export interface QueueListOptions extends CommonOptions {
  connection?: string;
  mine?: boolean;
  all?: boolean;
  as?: string;
}

/** Lists requests with what each still needs and who may give it. */
export async function listQueue(app: App, options: QueueListOptions): Promise<void> {
  const { reader } = app.store;
  const people = await readPeople(reader);
  const documents = (await chosen(app, options)).map((status) => describe(app, status, people));
  if (options.json) return printJsonArray(documents);
  const proposals = (await readIntents(reader, { states: ['proposed'] })).length;
  if (documents.length === 0) printLine('No request waits.');
  else printLine(tableOf(documents));
  if (proposals > 0)
    remark(`${proposals} proposals of the outbox wait as well: \`holdfast approve\` lists them.`);
}

async function chosen(app: App, options: QueueListOptions): Promise<RequestStatus[]> {
  const { reader } = app.store;
  const filter = {
    ...(options.connection === undefined
      ? {}
      : { connectionId: (await readConnection(reader, options.connection)).id }),
    ...(options.all ? {} : { state: 'waiting' as const }),
  };
  const nowMs = app.clock.nowMs();
  const zones = new Map((await readConnections(reader)).map((one) => [one.id, one.timeZone]));
  const statuses = await readRequestStatuses(reader, app.policy(), nowMs, filter);
  const me = options.mine ? nameKey(await actingPerson(app, options.as)) : null;
  return statuses.filter(({ request, verdict, steps }) => {
    const today = dayAt(nowMs, zones.get(request.connectionId) ?? 'UTC');
    if (!options.all && request.snoozedUntil !== null && request.snoozedUntil >= today) return false;
    if (me === null) return true;
    if (verdict.mayAnswer !== null) return verdict.mayAnswer.some((name) => nameKey(name) === me);
    const said = steps.filter((one) => one.step === 'approved' && one.edition === request.edition);
    return [request.askedBy, ...said.map((one) => one.by)].every((name) => nameKey(name) !== me);
  });
}

function describe(app: App, { request, steps, verdict }: RequestStatus, people: Person[]) {
  const { id, connectionId, customerId, kind, summary, amountMinor, currency, why, askedBy } = request;
  const approver = (name: string): string => {
    const person = people.find((one) => one.name === name);
    return person === undefined ? name : describeApprover(app.policy(), person, kind, currency);
  };
  return {
    ...{
      id,
      connection: connectionId,
      customer: customerId === null ? null : `${connectionId}:${customerId}`,
    },
    ...{ kind, change: request.change.kind, summary, amountMinor, currency, why, askedBy },
    ...{ asked: isoInstant(request.askedAtMs), expires: isoInstant(request.expiresAtMs) },
    ...{ edition: request.edition, state: request.state, snoozedUntil: request.snoozedUntil },
    needed: verdict.needed,
    missing: request.state === 'waiting' ? verdict.missing : 0,
    approvedBy: verdict.counted.filter((name) =>
      steps.some((one) => one.step === 'approved' && one.by === name),
    ),
    mayAnswer: request.state === 'waiting' ? verdict.mayAnswer : [],
    mayAnswerUpTo: request.state === 'waiting' ? (verdict.mayAnswer?.map(approver) ?? null) : [],
    steps: steps.map(({ atMs, ...one }) => ({ ...one, at: isoInstant(atMs) })),
  };
}

type RequestDocument = ReturnType<typeof describe>;

function tableOf(documents: RequestDocument[]): string {
  const columns = [
    ...[
      { head: 'No.', align: 'right' as const },
      { head: 'What', maximum: 80 },
    ],
    ...[{ head: 'Amount', align: 'right' as const }, { head: 'Asked by' }, { head: 'Why', maximum: 40 }],
    ...[{ head: 'State' }, { head: 'Who may say yes', maximum: 60 }, { head: 'Void after' }],
  ];
  const rows = documents.map((one) => [
    ...[String(one.id), one.summary, amountText(one), one.askedBy, one.why, stateText(one)],
    ...[
      one.mayAnswerUpTo === null ? 'anybody else' : one.mayAnswerUpTo.join(', ') || 'nobody',
      (one.expires ?? '').slice(0, 10),
    ],
  ]);
  return renderTable(columns, rows);
}

const amountText = ({ amountMinor, currency }: RequestDocument): string =>
  amountMinor === null ? 'any' : formatMoney(amountMinor, currency);

function stateText({ state, missing, approvedBy }: RequestDocument): string {
  const by = approvedBy.length === 0 ? '' : `, yes by ${approvedBy.join(', ')}`;
  return state === 'waiting' ? `${missing} more${by}` : `${state}${by}`;
}
