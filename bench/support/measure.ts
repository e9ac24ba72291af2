import { ended, messageOf, start, stop, type StartOptions } from './children.ts';
import type { Usage } from './measured.ts';

/** Runs a measured script in its own process with one JSON argument; resolves with what it reports of itself. */
export async function measure(
  script: string,
  task: object,
  { nodeOptions = [] }: StartOptions = {},
): Promise<Usage> {
  const child = start(script, { nodeOptions, args: [JSON.stringify(task)] });
  try {
    const usage = await messageOf(child, (message) => (message as { usage?: Usage }).usage);
    await ended(child);
    return usage;
  } finally {
    await stop(child, 'SIGKILL');
  }
}
