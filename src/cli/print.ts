import { paint } from './style.ts';

/** One line of a command's answer. */
export function printLine(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** A command's whole answer as JSON. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** A JSON value on one line, for answers that come in several parts and for the demo's last line. */
export function printJsonLine(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** A JSON array with one element a line: readable, and never one string of the whole ledger. */
export function printJsonArray(elements: unknown[]): void {
  process.stdout.write('[');
  elements.forEach((element, index) => {
    process.stdout.write(`${index === 0 ? '' : ','}\n${JSON.stringify(element)}`);
  });
  process.stdout.write(elements.length === 0 ? ']\n' : '\n]\n');
}

/** A remark beside the answer, on stderr. */
export function remark(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A remark that somebody should act on, on stderr. */
export function warn(text: string): void {
  process.stderr.write(`${paint('yellow', 'warning:', process.stderr)} ${text}\n`);
}
