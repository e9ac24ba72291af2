import type { Intent, PlanSummary } from '../outbox/index.ts';
import type { DispatchLine } from '../outbox/index.ts';
import { isoInstant, type CustomerRef } from './documents.ts';
import { printLine } from './print.ts';
import { renderTable } from './table.ts';

/** An intent as `outbox`, `approve` and `dispatch --dry-run` write it down. Instants are ISO 8601 in UTC. */
export interface IntentDocument {
  id: number;
  connection: string;
  kind: string;
  state: string;
  stateReason: string;
  customer: CustomerRef;
  what: string;
  asOf: string;
  run: number;
  policy: string;
  decidedBy: string | null;
  notBefore: string | null;
  expires: string | null;
  created: string | null;
  changed: string | null;
  snoozedUntil: string | null;
}

export function describeIntent(intent: Intent): IntentDocument {
  const { id, connectionId, kind, state, stateReason, customerId, asOf, run, decidedBy } = intent;
  return {
    id,
    connection: connectionId,
    kind,
    state,
    stateReason,
    customer: {
      id: `${connectionId}:${customerId}`,
      remoteId: customerId,
      name: intent.content.customerName,
    },
    what: whatOf(intent),
    asOf,
    run,
    policy: intent.policyHash,
    decidedBy,
    notBefore: isoInstant(intent.notBeforeMs),
    expires: isoInstant(intent.expiresAtMs),
    created: isoInstant(intent.createdAtMs),
    changed: isoInstant(intent.changedAtMs),
    snoozedUntil: intent.snoozedUntil,
  };
}

function whatOf(intent: Intent): string {
  if (intent.kind === 'reminder') {
    const { channel, step, invoiceIds } = intent.content;
    return `step ${step} by ${channel}, ${invoiceIds.length} invoice${invoiceIds.length === 1 ? '' : 's'}`;
  }
  return intent.kind === 'note' ? intent.content.text : intent.content.reason;
}

/** The table of intents. */
export function renderIntents(intents: IntentDocument[]): string {
  const columns = [
    { head: 'No.', align: 'right' as const },
    { head: 'Connection' },
    { head: 'Kind' },
    { head: 'State' },
    { head: 'Customer', maximum: 32 },
    { head: 'What', maximum: 70 },
    { head: 'As of' },
    { head: 'Why in this state', maximum: 60 },
  ];
  const rows = intents.map((one) => [
    String(one.id),
    one.connection,
    one.kind,
    one.state,
    one.customer.name,
    one.what,
    one.asOf,
    one.stateReason,
  ]);
  return renderTable(columns, rows);
}

/** The table of what a dispatch did; a sentence when there was nothing to do. */
export function printDispatched(lines: DispatchLine[]): void {
  if (lines.length === 0) return printLine('Nothing was ready to be carried out.');
  const columns = [
    { head: 'No.', align: 'right' as const },
    { head: 'Kind' },
    { head: 'Customer', maximum: 32 },
    { head: 'State' },
    { head: 'Confirmed' },
    { head: 'Detail', maximum: 80 },
  ];
  const rows = lines.map((one) => [
    String(one.intentId),
    one.kind,
    one.customerName,
    one.state,
    one.confirmed ? 'yes' : 'no',
    one.detail,
  ]);
  printLine(renderTable(columns, rows));
}

/** What a plan became: '3 hold.place ready, 5 reminder proposed'. */
export function planText(plan: PlanSummary): string {
  const counts = new Map<string, number>();
  for (const { kind, state } of plan.planned) {
    const name = `${kind} ${state}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const planned = [...counts].map(([name, count]) => `${count} ${name}`).join(', ') || 'nothing new';
  const superseded = plan.superseded === 0 ? '' : `; ${plan.superseded} taken back`;
  return `${planned}${superseded}${plan.stopped.map((reason) => `; stopped: ${reason}`).join('')}`;
}
