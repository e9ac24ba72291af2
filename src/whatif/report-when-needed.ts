import type { Backtest } from './backtest.ts';
import type { ReportSubject } from './report.ts';

/** A backtest as one HTML file. What draws it is loaded now: nights and servers, which never draw, go without. */
export async function renderReport(backtest: Backtest, subject: ReportSubject): Promise<string> {
  const report = await import('./report.ts');
  return report.renderReport(backtest, subject);
}
