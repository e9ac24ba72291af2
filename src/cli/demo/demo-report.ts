import { bySeverity } from '../commands/flags.ts';
import { printLine } from '../print.ts';
import { paint, plain } from '../style.ts';
import { renderTable, type Column } from '../table.ts';
import type { DemoConnection, DemoNight } from './demo-summary.ts';

const NUMBERS = [
  'Customers',
  'Invoices',
  'Open',
  'Calls',
  'Over limit',
  'Near limit',
  'Overdue',
  'Holds placed',
  'Reminders sent',
];
const COLUMNS: Column[] = [
  { head: 'Company' },
  { head: 'Platform' },
  ...NUMBERS.map((head): Column => ({ head, align: 'right' })),
];
const FLAGS_SHOWN = 2;

/** The night as a person reads it: the figures of each company, and why for the worst customers. */
export function printDemoReport(nights: DemoNight[], summaries: DemoConnection[], waiting: number): void {
  printLine();
  printLine(renderTable(COLUMNS, summaries.map(rowOf)));
  if (waiting > 0) printLine(`\n${waiting} effects wait for a person: holdfast approve, holdfast outbox`);
  for (const { connection, flags } of nights) {
    const worst = [...flags].sort(bySeverity).slice(0, FLAGS_SHOWN);
    if (worst.length === 0) continue;
    printLine(`\n${paint('bold', plain(connection.name))}`);
    for (const flag of worst) printLine(`  ${flag.rule} → ${flag.severity}: ${plain(flag.explanation)}`);
  }
}

function rowOf(summary: DemoConnection): string[] {
  const { customers, invoices, openInvoices, calls, flags, holds, reminders } = summary;
  const numbers = [customers, invoices, openInvoices, calls, flags.overLimit, flags.nearLimit, flags.overdue];
  return [
    summary.name,
    summary.platform,
    ...numbers.map(String),
    `${holds.placed} (${holds.confirmed} confirmed)`,
    `${reminders.sent} (${reminders.confirmed} confirmed)`,
  ];
}
