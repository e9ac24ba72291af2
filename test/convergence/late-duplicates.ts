import type { Page, PlatformSession } from '../../src/domain/index.ts';
import type { Trouble } from './trouble.ts';

/** Now and then a page that was read earlier in the stream comes once more, after newer ones: old news. */
export function withLateDuplicates(session: PlatformSession, trouble: Trouble): PlatformSession {
  return {
    ...session,
    async *pull(request) {
      const earlier: Page[] = [];
      for await (const page of session.pull(request)) {
        yield page;
        const [old] = earlier;
        if (old !== undefined && trouble.strikes('late duplicates', 0.2)) yield again(old, page, earlier);
        earlier.push(page);
      }
    },
  };
}

/** An old page under the newest cursor, without what is known to be deleted since. */
function again(old: Page, newest: Page, since: readonly Page[]): Page {
  const deleted = new Set([...since, newest].flatMap((page) => page.deleted.map((row) => row.remoteId)));
  const left = <T extends { remoteId: string }>(rows: T[]): T[] =>
    rows.filter((row) => !deleted.has(row.remoteId));
  return {
    customers: left(old.customers),
    invoices: left(old.invoices),
    credits: left(old.credits),
    payments: left(old.payments),
    deleted: [],
    quarantined: [],
    cursor: newest.cursor,
    totalRows: newest.totalRows,
  };
}
