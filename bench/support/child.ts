import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What a measured process reports of itself. */
export interface Usage {
  cpuMs: number;
  wallMs: number;
  peakRssMb: number;
  invoices: number;
}

/** Runs a script in its own process with one JSON argument; resolves with the one message that it sends. */
export async function measure(script: string, argument: unknown): Promise<Usage> {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), [JSON.stringify(argument)], {
    stdio: 'inherit',
  });
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as Usage));
    child.once('exit', (code) => {
      if (code !== 0) reject(new Error(`${script} ended with code ${code ?? 'none'}`));
    });
  });
}

/** CPU and memory of this process since `start`; called at the end of a measured script. */
export function report(start: { cpu: NodeJS.CpuUsage; wallMs: number }, invoices: number): void {
  const cpu = process.cpuUsage(start.cpu);
  const usage: Usage = {
    cpuMs: (cpu.user + cpu.system) / 1000,
    wallMs: performance.now() - start.wallMs,
    peakRssMb: process.resourceUsage().maxRSS / 1024,
    invoices,
  };
  process.send?.(usage);
}

export const startMeasuring = (): { cpu: NodeJS.CpuUsage; wallMs: number } => ({
  cpu: process.cpuUsage(),
  wallMs: performance.now(),
});

/** The emulator in its own process, with its printed facts and a way to play the user's browser. */
export interface EmulatorProcess {
  env: Record<string, string>;
  visit(url: string): Promise<unknown>;
  stop(): void;
}

export async function startEmulatorProcess(args: string[]): Promise<EmulatorProcess> {
  const script = fileURLToPath(new URL('../../emulator/main.ts', import.meta.url));
  const child = fork(script, [...args, '--json'], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const facts = JSON.parse(await firstLine(child)) as { env: Record<string, string> };
  let next = 0;
  return {
    env: facts.env,
    visit: (url) => ask(child, { id: (next += 1), type: 'visit', url }),
    stop: () => child.disconnect(),
  };
}

async function firstLine(child: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return text.split('\n')[0] ?? '';
}

function ask(child: ChildProcess, message: { id: number; type: string; url: string }): Promise<unknown> {
  return new Promise((resolve) => {
    const listen = (reply: unknown): void => {
      if ((reply as { id?: number }).id !== message.id) return;
      child.off('message', listen);
      resolve(reply);
    };
    child.on('message', listen);
    child.send(message);
  });
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
