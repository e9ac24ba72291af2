import type { Day } from '../../src/domain/index.ts';

/** A whole line of ours: '[HOLDFAST HOLD 2026-03-11 #id: reason]'. */
const LINE = /^\[HOLDFAST HOLD \d{4}-\d{2}-\d{2} #[^\s:[\]]+: [^[\]\r\n]*\]$/;

/** The line that says a customer is held. Brackets and line ends in the reason would break it and are replaced. */
export function holdLine(hold: { id: string; reason: string; day: Day }): string {
  const reason = hold.reason
    .replace(/\s+/g, ' ')
    .replaceAll('[', '(')
    .replaceAll(']', ')')
    .trim()
    .slice(0, 200);
  return `[HOLDFAST HOLD ${hold.day} #${hold.id.replace(/[\s:[\]]/g, '-')}: ${reason}]`;
}

/** Our line as it stands in the Notes, wherever a person may have moved it; null without one. */
export function findHoldLine(notes: string): string | null {
  return notes.split(/\r?\n/).find((line) => LINE.test(line)) ?? null;
}

/** The Notes with this line on top, in place of an older one of ours; the rest byte for byte as it was. */
export function withHoldLine(notes: string, line: string): string {
  const rest = withoutHoldLine(notes);
  return rest === '' ? line : `${line}\n${rest}`;
}

/** The Notes without our line and the one line end that came with it. A line that somebody edited is not ours. */
export function withoutHoldLine(notes: string): string {
  const line = findHoldLine(notes);
  if (line === null) return notes;
  const at = startOfLine(notes, line);
  const end = at + line.length;
  const after = /^\r?\n/.exec(notes.slice(end))?.[0].length ?? 0;
  if (after > 0) return notes.slice(0, at) + notes.slice(end + after);
  return notes.slice(0, at).replace(/\r?\n$/, '') + notes.slice(end);
}

function startOfLine(notes: string, line: string): number {
  if (notes.startsWith(line)) return 0;
  return notes.indexOf(`\n${line}`) + 1;
}
