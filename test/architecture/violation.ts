/** One breach of the house rules: where, which rule, and what was written there. */
export interface Violation {
  file: string;
  /** 1-based; 0 when the breach is about the whole file. */
  line: number;
  rule: string;
  text: string;
}

/** One line per breach, so that a failing test names file and rule. */
export function describeViolations(violations: Violation[]): string[] {
  return violations.map(({ file, line, rule, text }) => `${file}:${String(line)} breaks "${rule}": ${text}`);
}
