import type { Request, RequestHandler, Response } from 'express';
import type { App } from '../app.ts';
import { describeHeld, formatHeld, readHeld, type CompanyHeld, type HeldDocument } from '../desk/index.ts';
import { sha256Hex } from '../lib/index.ts';
import { readConnection } from '../mirror/index.ts';
import { readQuery } from './api-query.ts';

/** A list is read once in so long, however often it is asked for. */
const KEPT_MS = 2_000;

/** The held list as it was a moment ago. */
export class HeldShelf {
  readonly #app: App;
  #kept: { atMs: number; companies: Promise<CompanyHeld[]> } | null = null;

  constructor(app: App) {
    this.#app = app;
  }

  read(): Promise<CompanyHeld[]> {
    const { clock, store } = this.#app;
    const nowMs = clock.monotonicMs();
    if (this.#kept === null || nowMs - this.#kept.atMs > KEPT_MS) {
      const companies = readHeld(store.reader, clock);
      this.#kept = { atMs: nowMs, companies };
      // What failed is not kept; who asked hears of it.
      companies.catch(() => (this.#kept = null));
    }
    return this.#kept.companies;
  }
}

/**
 * GET /api/v1/held.json and /api/v1/held.csv: who gets nothing on account now. The same list has the same ETag, so that
 * who asks with If-None-Match is told with 304 that nothing changed.
 */
export function answerHeld(app: App, shelf: HeldShelf, format: 'json' | 'csv'): RequestHandler {
  return async (req, res) => {
    const { connection } = readQuery(req, ['connection'], []);
    if (connection !== undefined) await readConnection(app.store.reader, connection);
    const companies = await shelf.read();
    const document = describeHeld(
      companies.filter(({ connection: { id } }) => connection === undefined || id === connection),
    );
    if (format === 'csv') return sendCsv(req, res, document);
    send(req, res, 'application/json', JSON.stringify(document));
  };
}

function sendCsv(req: Request, res: Response, document: HeldDocument): void {
  res.set('Content-Disposition', 'attachment; filename="held.csv"');
  send(req, res, 'text/csv; charset=utf-8', formatHeld(document));
}

function send(req: Request, res: Response, type: string, body: string): void {
  res.set('ETag', `"${sha256Hex(body).slice(0, 32)}"`);
  if (req.fresh) res.status(304).end();
  else res.type(type).send(body);
}
