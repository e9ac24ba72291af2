import type { BookCompany, BookLimit } from './book.ts';
import type { WorldState } from './state.ts';

/** A company that a platform serves. `remoteId` is the platform's id: Xero tenant GUID or QuickBooks realm. */
export interface ServedCompany {
  platform: string;
  remoteId: string;
  company: BookCompany;
}

/** Registers a company and its suggested limits; done once, when its book is loaded. */
export function addCompany(state: WorldState, served: ServedCompany, limits: Iterable<BookLimit>): void {
  const { platform, remoteId, company } = served;
  state.db
    .prepare('INSERT OR REPLACE INTO company (platform, remote_id, book_id, json) VALUES (?,?,?,?)')
    .run(platform, remoteId, company.id, JSON.stringify(company));
  state.db.prepare('DELETE FROM credit_limit WHERE remote_id = ?').run(remoteId);
  const insert = state.db.prepare(
    'INSERT INTO credit_limit (remote_id, customer, "limit", "group", group_limit) VALUES (?,?,?,?,?)',
  );
  state.db.transaction(() => {
    for (const one of limits) {
      insert.run(remoteId, one.customerName, one.limit, one.group ?? '', one.groupLimit ?? '');
    }
  })();
}

/** The companies of one platform in the order in which they were loaded. */
export function listCompanies(state: WorldState, platform: string): ServedCompany[] {
  const rows = state.db
    .prepare('SELECT remote_id AS remoteId, json FROM company WHERE platform = ? ORDER BY seq')
    .all(platform) as { remoteId: string; json: string }[];
  return rows.map((row) => ({
    platform,
    remoteId: row.remoteId,
    company: JSON.parse(row.json) as BookCompany,
  }));
}

/** A company by the platform's id or by the book's id. */
export function findCompany(state: WorldState, id: string, platform?: string): ServedCompany | undefined {
  const row = state.db
    .prepare(
      `SELECT platform, remote_id AS remoteId, json FROM company
       WHERE @id IN (remote_id, book_id) AND coalesce(@platform, platform) = platform ORDER BY seq`,
    )
    .get({ id, platform: platform ?? null }) as
    { platform: string; remoteId: string; json: string } | undefined;
  return row && { ...row, company: JSON.parse(row.json) as BookCompany };
}

/** The suggested limits of a company as CSV `customer,limit,group,group_limit`; header only when it has none. */
export function limitsCsv(state: WorldState, companyId: string): string {
  const remoteId = findCompany(state, companyId)?.remoteId ?? companyId;
  const rows = state.db
    .prepare(
      'SELECT customer, "limit", "group", group_limit FROM credit_limit WHERE remote_id = ? ORDER BY seq',
    )
    .raw()
    .all(remoteId) as string[][];
  return [['customer', 'limit', 'group', 'group_limit'], ...rows].map(csvLine).join('');
}

function csvLine(fields: string[]): string {
  const quoted = fields.map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field));
  return `${quoted.join(',')}\n`;
}
