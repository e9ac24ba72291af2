import { Agent, request } from 'node:http';

/** How long requests took, ms, counted from when each was due and not from when it could be sent. */
export interface Latencies {
  count: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
}

/** One GET of a load: the path, the headers, and what its answer must be. */
export interface Asked {
  url: string;
  headers: Record<string, string>;
}

/**
 * Sends requests at a steady pace, whatever becomes of those before: a server that falls behind is seen to. `next`
 * gives the request of a turn. Ends when `isOver` says so, or after `atMostMs`. Throws unless each is answered with 200.
 */
export async function askSteadily(
  perSecond: number,
  atMostMs: number,
  next: (turn: number) => Asked,
  isOver: () => boolean = () => false,
): Promise<Latencies> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const tookMs: number[] = [];
  const under: Promise<void>[] = [];
  const failures: unknown[] = [];
  const fromMs = performance.now();
  try {
    for (let turn = 0; ; turn += 1) {
      const dueMs = fromMs + (turn * 1000) / perSecond;
      await untilMs(dueMs);
      if (isOver() || dueMs - fromMs > atMostMs) break;
      const asked = ask(next(turn), agent).then(() => void tookMs.push(performance.now() - dueMs));
      under.push(asked.catch((error: unknown) => void failures.push(error)));
    }
    await Promise.all(under);
  } finally {
    agent.destroy();
  }
  if (failures.length > 0) throw failures[0];
  return latenciesOf(tookMs);
}

function latenciesOf(tookMs: number[]): Latencies {
  const sorted = tookMs.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  return { count: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: sorted.at(-1) ?? NaN };
}

function ask({ url, headers }: Asked, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, headers }, (reply) => {
      reply.resume();
      reply.once('end', () => {
        if (reply.statusCode === 200) resolve();
        else reject(new Error(`${new URL(url).pathname} answered ${reply.statusCode}`));
      });
      reply.once('error', reject);
    });
    sent.once('error', (error: NodeJS.ErrnoException) => {
      // The server closed a connection that nobody used for a while, just as it was taken again: not its fault.
      if (sent.reusedSocket && error.code === 'ECONNRESET') resolve(ask({ url, headers }, agent));
      else reject(error);
    });
    sent.end();
  });
}

const untilMs = (dueMs: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
