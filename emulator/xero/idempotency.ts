import { createHash } from 'node:crypto';
import type { Reply } from '../core/http.ts';
import { header } from '../core/http.ts';
import type { XeroCall } from './call.ts';
import { errorReply } from './envelope.ts';

interface Remembered {
  bodyHash: string;
  untilMs: number;
  reply: Reply;
}

const keyLength = 128;

/**
 * Remembers replies to PUT and POST by Idempotency-Key for some minutes of world time, refusals included. The same
 * key with another body is refused.
 */
export class IdempotencyMemory {
  readonly #kept = new Map<string, Remembered>();

  /** Answers from memory, or carries the call out and remembers its reply. */
  run(call: XeroCall, act: () => Reply): Reply {
    const { request, organisation, quirks } = call;
    const key = header(request, 'idempotency-key');
    if (key === undefined || (request.method !== 'PUT' && request.method !== 'POST')) return act();
    if (key.length > keyLength)
      return errorReply(10, 'BadRequest', 'Idempotency-Key is longer than 128 characters');
    const place = [
      organisation.tenant,
      call.grant.clientId,
      request.method,
      request.path.toLowerCase(),
      key,
    ].join(' ');
    const bodyHash = createHash('sha256').update(request.body).digest('hex');
    const nowMs = organisation.store.nowMs();
    const kept = this.#kept.get(place);
    if (kept && kept.untilMs > nowMs) {
      if (kept.bodyHash === bodyHash) return kept.reply;
      return errorReply(10, 'BadRequest', 'The Idempotency-Key was used with a different request body');
    }
    const reply = act();
    this.#kept.set(place, { bodyHash, untilMs: nowMs + quirks.idempotencyMinutes * 60_000, reply });
    return reply;
  }
}
