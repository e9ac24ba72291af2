import type { World } from '../core/control.ts';

/** A reply as it was first given to a requestid. */
export interface RememberedReply {
  status: number;
  body: string;
}

/** Replies by company and `requestid`, so that a repeated request is answered without being done again. */
export class RequestMemory {
  readonly #world: World;
  readonly #memoryMs: number;

  /** @param memoryMs how long a reply is remembered, by the world's clock; 0 = never. */
  constructor(world: World, memoryMs: number) {
    this.#world = world;
    this.#memoryMs = memoryMs;
    world.state.db.exec(
      `CREATE TABLE IF NOT EXISTS quickbooks_request (
         realm TEXT NOT NULL, request_id TEXT NOT NULL, at_ms INTEGER NOT NULL,
         status INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (realm, request_id))`,
    );
  }

  /** The first reply to a requestid, while it is remembered. */
  recall(realm: string, requestId: string): RememberedReply | undefined {
    const since = this.#world.clock.nowMs() - this.#memoryMs;
    return this.#world.state.db
      .prepare('SELECT status, body FROM quickbooks_request WHERE realm = ? AND request_id = ? AND at_ms > ?')
      .get(realm, requestId, since) as RememberedReply | undefined;
  }

  /** Keeps a reply. */
  keep(realm: string, requestId: string, reply: RememberedReply): void {
    this.#world.state.db
      .prepare('INSERT OR REPLACE INTO quickbooks_request VALUES (?,?,?,?,?)')
      .run(realm, requestId, Math.floor(this.#world.clock.nowMs()), reply.status, reply.body);
  }
}
