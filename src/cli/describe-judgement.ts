import type { CustomerId } from '../domain/index.ts';
import type { JudgedNight } from '../nightly.ts';
import { describeCustomerRef, type CustomerRef } from './documents.ts';
import { printLine } from './print.ts';
import { renderTable } from './table.ts';

/** What a judgement says, as `decide` and `nightly` write it down. */
export interface JudgementDocument {
  asOf: string;
  run: number;
  policy: string;
  customers: number;
  /** Number of flags by rule. */
  flags: Record<string, number>;
  changes: {
    customer: CustomerRef;
    from: string;
    to: string;
    reasons: string[];
    /** The smallest payment that makes it milder, or why none does; null when there is nothing to clear. */
    clearing: string | null;
  }[];
  holds: { customer: CustomerRef; action: string; reason: string }[];
  reminders: { customer: CustomerRef; step: number; daysOverdue: number; invoices: string[] }[];
  /** What a person should do instead of, or before, a reminder. */
  tasks: { customer: CustomerRef; kind: string; text: string }[];
}

export function describeJudgement(night: JudgedNight): JudgementDocument {
  const { connection, policy, names, changes, wishes, reminders } = night;
  const ref = (id: CustomerId): CustomerRef =>
    describeCustomerRef(connection, { id, name: names.get(id) ?? '' });
  return {
    asOf: night.asOf,
    run: night.run,
    policy: policy.hash,
    customers: night.customers,
    flags: night.flags,
    changes: changes.map(({ customerId, from, standing, reasons, clearing, unpayable }) => ({
      customer: ref(customerId),
      from,
      to: standing,
      reasons: reasons.map((reason) => reason.explanation),
      clearing: clearing?.sentence ?? unpayable,
    })),
    holds: wishes.map(({ customerId, action, reason }) => ({ customer: ref(customerId), action, reason })),
    reminders: reminders.due.map(({ billTo, step, daysOverdue, invoices }) => ({
      customer: ref(billTo),
      step,
      daysOverdue,
      invoices: invoices.map((invoice) => invoice.number),
    })),
    tasks: reminders.tasks.map(({ billTo, kind, text }) => ({ customer: ref(billTo), kind, text })),
  };
}

/** How often each rule was found. */
export function countRules(rules: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const rule of rules) counts[rule] = (counts[rule] ?? 0) + 1;
  return counts;
}

/** The same for people: what changes, and what would follow from it. */
export function printJudgement(document: JudgementDocument): void {
  const flags = Object.entries(document.flags).map(([rule, count]) => `${count} ${rule}`);
  printLine(`${document.customers} customers, run ${document.run}, policy ${document.policy}`);
  printLine(`flags: ${flags.join(', ') || 'none'}`);
  printPart(
    ['Customer', 'From', 'To', 'Clears with', 'Why'],
    document.changes.map(({ customer, from, to, reasons, clearing }) => [
      customer.name,
      from,
      to,
      clearing ?? '',
      reasons[0] ?? '',
    ]),
    'No standing changes.',
  );
  printPart(
    ['Hold', 'Customer', 'Why'],
    document.holds.map(({ customer, action, reason }) => [action, customer.name, reason]),
    'No hold is to be placed or released.',
  );
  printPart(
    ['Reminder', 'Step', 'Days overdue', 'Invoices'],
    document.reminders.map(({ customer, step, daysOverdue, invoices }) => [
      customer.name,
      String(step),
      String(daysOverdue),
      invoices.join(', '),
    ]),
    'No reminder is due.',
  );
  if (document.tasks.length > 0)
    printPart(
      ['For a person', 'What'],
      document.tasks.map(({ customer, text }) => [customer.name, text]),
      '',
    );
}

function printPart(heads: string[], rows: string[][], otherwise: string): void {
  printLine();
  if (rows.length === 0) return printLine(otherwise);
  const last = heads.length - 1;
  const columns = heads.map((head, index) => ({ head, maximum: index === last ? 90 : 36 }));
  printLine(renderTable(columns, rows));
}
