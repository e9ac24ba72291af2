import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { messageOf, start, stop, type Child } from './children.ts';
import type { Context } from './context.ts';

/** How late the event loop of the web process was, as monitorEventLoopDelay tells it (its 10 ms steps included). */
export interface EventLoop {
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  rssMb: number;
}

/** `holdfast serve` as a user runs it, in a process of its own. */
export interface Served {
  pid: number;
  port: number;
  /** Loads the overview and returns how long that took, ms. Throws unless it is answered with 200. */
  loadOverview(): Promise<number>;
  forgetEventLoop(): void;
  eventLoop(): Promise<EventLoop>;
  lastWords(): string;
  stop(): Promise<void>;
}

const READY_MS = 30_000;
const OVERVIEW_MS = 30_000;

/** Starts serve on a data directory and waits until it answers. The folder that it runs in has no .env. */
export async function serve(
  env: Record<string, string>,
  { folder, nodeOptions }: Pick<Context, 'folder' | 'nodeOptions'>,
): Promise<Served> {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const child = start('../src/cli/main.ts', {
    args: ['serve', '--json'],
    nodeOptions: [
      ...nodeOptions,
      '--import',
      fileURLToPath(new URL('event-loop-preload.ts', import.meta.url)),
    ],
    env: {
      ...env,
      HOLDFAST_PORT: String(port),
      HOLDFAST_BASE_URL: url,
      HOLDFAST_LOG: 'error',
      BENCH_PID: String(process.pid),
    },
    cwd: folder,
  });
  await untilAnswering(child, url);
  return {
    pid: child.process.pid ?? 0,
    port,
    loadOverview: () => loadOverview(url),
    forgetEventLoop: () => void child.process.send('forget'),
    eventLoop: () => {
      const answer = messageOf(child, (message) => (message as { eventLoop?: EventLoop }).eventLoop, 60_000);
      child.process.send('read');
      return answer;
    },
    lastWords: () => child.lastWords(),
    stop: () => stop(child),
  };
}

async function loadOverview(url: string): Promise<number> {
  const fromMs = performance.now();
  const reply = await fetch(url, { signal: AbortSignal.timeout(OVERVIEW_MS) });
  await reply.text();
  if (reply.status !== 200) throw new Error(`the overview answered ${reply.status}`);
  return performance.now() - fromMs;
}

async function untilAnswering(child: Child, url: string): Promise<void> {
  const giveUpMs = performance.now() + READY_MS;
  while (performance.now() < giveUpMs) {
    if (child.process.exitCode !== null) break;
    const reply = await fetch(`${url}/health`).catch(() => null);
    await reply?.body?.cancel();
    if (reply !== null) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`holdfast serve did not come up: ${child.lastWords()}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
