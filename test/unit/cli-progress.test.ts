import { describe, expect, it, vi } from 'vitest';
import { startProgress } from '../../src/cli/progress.ts';

/** What stands on stderr after some reports, without a terminal. */
function linesOf(work: (report: (label: string, done: number) => void) => void): string[] {
  const written: string[] = [];
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  const progress = startProgress(false);
  work((label, done) => progress.report(label, done, null));
  progress.stop();
  write.mockRestore();
  return written.map((text) => text.trimEnd());
}

describe('progress without a terminal', () => {
  it('is one line for each step of each company, however they take turns', () => {
    const lines = linesOf((report) => {
      report('xero-1 customers', 100);
      report('quickbooks-1 customers', 50);
      report('xero-1 customers', 180);
      report('xero-1 invoices', 1000);
      report('quickbooks-1 customers', 70);
      report('xero-1 invoices', 2000);
    });
    expect(lines).toEqual(['xero-1 customers: 180', 'quickbooks-1 customers: 70', 'xero-1 invoices: 2000']);
  });

  it('says nothing of a step that came to nothing', () => {
    expect(linesOf((report) => report('xero-1 credits', 0))).toEqual([]);
  });
});
