import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { taskOf } from '../support/measured.ts';
import { CallLog } from './call-log.ts';
import { loadQuickBooksLedger, type QuickBooksLedger } from './quickbooks-ledger.ts';
import { loadXeroLedger, type Source, type XeroLedger } from './xero-ledger.ts';

/** The companies whose rows are patterns; `worlds` serve all that is no list, by platform. */
export interface LedgerTask {
  sources: Partial<Record<'xero' | 'quickbooks', Source>>;
  forwardTo: Record<'xero' | 'quickbooks', string>;
  clockOffsetMs: number;
}

/** What the parent may ask for. */
export type LedgerOrder = { invoices: number } | { forget: true } | { calls: true };

const DAY_MS = 86_400_000;

const task = taskOf<LedgerTask>();
const nowMs = (): number => Date.now() + task.clockOffsetMs;
// Yesterday: no row lies in the overlap of a run that follows.
const lastMs = Math.floor((nowMs() - DAY_MS) / 1000) * 1000;
const { sources } = task;
const xero = sources.xero && (await loadXeroLedger(sources.xero, nowMs, lastMs));
const quickbooks = sources.quickbooks && (await loadQuickBooksLedger(sources.quickbooks, nowMs, lastMs));
const calls = new CallLog();

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    process.send?.({ refused: why });
    response.writeHead(501, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ Message: why }));
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  process.send?.({ ledger: { url: `http://127.0.0.1:${port}` } });
});
process.on('disconnect', () => process.exit(0));
process.on('message', (order: LedgerOrder) => {
  if ('invoices' in order) process.send?.({ invoices: growTo(order.invoices) });
  else if ('forget' in order) calls.forget();
  else process.send?.({ calls: calls.summary() });
});

/** Lists grow to the whole rounds that hold so many invoices. Returns how many there are then. */
function growTo(invoices: number): number {
  const size = (ledger: XeroLedger | QuickBooksLedger): number => {
    const rounds = Math.max(1, Math.ceil(invoices / ledger.invoices));
    ledger.rounds = rounds;
    return rounds * ledger.invoices;
  };
  return Math.max(...[xero, quickbooks].map((ledger) => (ledger === undefined ? 0 : size(ledger))));
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://ledger.example');
  const platform = url.pathname.startsWith('/v3/') ? 'quickbooks' : 'xero';
  const company =
    platform === 'quickbooks' ? url.pathname.split('/')[3] : String(request.headers['xero-tenant-id']);
  calls.note(company ?? '', performance.now());
  const since = request.headers['if-modified-since'];
  const text = platform === 'quickbooks' ? quickbooks?.answer(url) : xero?.answer(url, since);
  if (text === undefined || text === null) return forward(request, response, task.forwardTo[platform]);
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    date: new Date(nowMs()).toUTCString(),
  });
  response.end(text);
}

/** What is no list is the emulator's: organisations, preferences, rates, changes. */
async function forward(request: IncomingMessage, response: ServerResponse, to: string): Promise<void> {
  const body: Buffer[] = [];
  for await (const chunk of request) body.push(chunk as Buffer);
  const names = ['authorization', 'accept', 'content-type', 'xero-tenant-id', 'if-modified-since'];
  const headers = names.flatMap((name): [string, string][] => {
    const value = request.headers[name];
    return typeof value === 'string' ? [[name, value]] : [];
  });
  const reply = await fetch(to + (request.url ?? ''), {
    method: request.method ?? 'GET',
    headers,
    ...(body.length > 0 ? { body: Buffer.concat(body) } : {}),
  });
  const text = await reply.text();
  const type = reply.headers.get('content-type') ?? 'application/json';
  const date = reply.headers.get('date') ?? '';
  response.writeHead(reply.status, { 'content-type': type, date });
  response.end(text);
}
