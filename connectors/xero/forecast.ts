import type { SyncForecast } from '../../src/domain/index.ts';
import { badReply } from '../kit/errors.ts';
import type { Http } from '../kit/http.ts';
import type { XeroConfig } from './config.ts';
import { fieldOf, PAGE_SIZE, STREAMS, type Endpoint } from './endpoints.ts';
import { XERO_STREAMS } from './pull.ts';
import { wirePagination } from './wire.ts';

/** The organisation, its actions and its reminder setting: what a first sync reads beside the lists. */
const ORGANISATION_CALLS = 3;

/**
 * What a first sync would cost, by one call of one row per list, whose pagination tells how many there are. The calls
 * are those of a sync: every list page by page, then once more for what changed meanwhile.
 */
export async function forecast(
  http: Http,
  { callsPerMinute }: Pick<XeroConfig, 'callsPerMinute'>,
): Promise<SyncForecast> {
  const rows: SyncForecast['rows'] = [];
  let calls = ORGANISATION_CALLS;
  for (const stream of XERO_STREAMS) {
    const counts: number[] = [];
    for (const endpoint of stream === 'changes' ? [] : STREAMS[stream]) {
      counts.push(await countRows(http, endpoint));
    }
    rows.push({ stream, rows: counts.reduce((sum, count) => sum + count, 0) });
    for (const count of counts) calls += pagesOf(count) + 1;
  }
  const minutes = Math.floor((calls - 1) / callsPerMinute);
  return { rows, calls, minutes, callsLeftToday: await http.callsLeftToday() };
}

async function countRows(http: Http, endpoint: Endpoint): Promise<number> {
  const reply = await http.send({
    method: 'GET',
    path: `/api.xro/2.0/${endpoint}`,
    query: { page: 1, pageSize: 1, includeArchived: endpoint === 'Contacts' ? true : undefined },
    kind: 'read',
    purpose: 'bulk',
    expect: 'json',
  });
  const pages = wirePagination.safeParse(fieldOf(reply.json, 'pagination')).data;
  if (pages === undefined)
    throw badReply(`GET ${endpoint}`, 'it does not say how many there are', reply.status);
  return pages.itemCount;
}

/** A full page is never taken for the last, so a full last one is followed by an empty one. */
const pagesOf = (rows: number): number => Math.floor(rows / PAGE_SIZE) + 1;
