import type { IncomingMessage } from 'node:http';
import type { Clock } from '../lib/index.ts';

/** Intuit names about 1 MB as the largest notice; nothing else that is taken here is larger. */
const BODY_BYTES_MAX = 2 * 1024 * 1024;
/** Together with the size this bounds the memory that strangers can fill. */
const BODIES_MAX = 32;
/** The platforms themselves give up after 3 and 5 s. */
const BODY_MS = 5_000;

/** Why a body was not read, as a status. */
export type BodyRefused = 408 | 413 | 503;

/** The bodies that are being read. When there are too many, the one that has taken longest gives way. */
export class BodyRoom {
  readonly #giveUps = new Set<() => void>();

  /** Makes room for a body; the returned function leaves it. `giveUp` is called when somebody else needs it. */
  enter(giveUp: () => void): () => void {
    const [oldest] = this.#giveUps;
    if (oldest !== undefined && this.#giveUps.size >= BODIES_MAX) {
      this.#giveUps.delete(oldest);
      oldest();
    }
    this.#giveUps.add(giveUp);
    return () => void this.#giveUps.delete(giveUp);
  }
}

/**
 * The raw bytes of a request's body, whatever it says of type and encoding; or the status to refuse it with: 413 above
 * 2 MiB, 408 when it takes longer than 5 s or ends early, 503 when too many others came. What is refused is not kept.
 */
export async function readBody(
  req: IncomingMessage,
  room: BodyRoom,
  clock: Clock,
): Promise<Buffer | BodyRefused> {
  if (Number(req.headers['content-length'] ?? 0) > BODY_BYTES_MAX) return 413;
  const deadline = clock.deadline(BODY_MS);
  let leave = (): void => {};
  try {
    return await new Promise((resolve) => {
      leave = room.enter(() => resolve(503));
      deadline.addEventListener('abort', () => resolve(408), { once: true });
      collect(req, resolve);
    });
  } finally {
    leave();
    req.removeAllListeners('data').resume();
  }
}

/** Gathers the chunks until the end, the limit, or the loss of the connection. */
function collect(req: IncomingMessage, resolve: (body: Buffer | BodyRefused) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  req.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) resolve(413);
    else chunks.push(chunk);
  });
  req.once('end', () => resolve(Buffer.concat(chunks)));
  req.once('close', () => resolve(408));
}
