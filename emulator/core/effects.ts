import type { WorldClock } from './clock.ts';
import type { WorldState } from './state.ts';

/** One effect that reached the emulator: a hold, a note, a sent invoice, a message. */
export interface Effect {
  /** 'xero', 'quickbooks' or 'mail'. */
  platform: string;
  /** Tenant id or realm; null for mail. */
  company: string | null;
  /** Short name of what happened, e.g. 'invoice-email', 'group-add', 'history-note', 'customer-update', 'message'. */
  kind: string;
  /** Platform id of what it happened to, or the address of a message. */
  target: string | null;
  method: string | null;
  path: string | null;
  /** Idempotency-Key, requestid or Message-ID, when one came. */
  requestId: string | null;
  body: string | null;
}

/** An effect as it stands in the ledger. */
export interface RecordedEffect extends Effect {
  seq: number;
  /** World instant, epoch ms. */
  atMs: number;
}

/** The ledger of every effect received, the oracle of tests: append-only, kept with the state. */
export class Effects {
  readonly #state: WorldState;
  readonly #clock: WorldClock;

  constructor(state: WorldState, clock: WorldClock) {
    this.#state = state;
    this.#clock = clock;
  }

  /** Writes one effect down at the world's present instant. */
  add(effect: Effect): void {
    this.#state
      .sql(
        `INSERT INTO effect (at_ms, platform, company, kind, target, method, path, request_id, body)
         VALUES (@atMs, @platform, @company, @kind, @target, @method, @path, @requestId, @body)`,
      )
      .run({ ...effect, atMs: Math.floor(this.#clock.nowMs()) });
  }

  /** All effects in order, or those of one kind. */
  list(kind?: string): RecordedEffect[] {
    return this.#state
      .sql(
        `SELECT seq, at_ms AS atMs, platform, company, kind, target, method, path, request_id AS requestId, body
         FROM effect WHERE coalesce(@kind, kind) = kind ORDER BY seq`,
      )
      .all({ kind: kind ?? null }) as RecordedEffect[];
  }
}
