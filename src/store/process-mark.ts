import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

let mark: string | null = null;

/** What tells this process from every other, as 'place/pid/start': written into leases. */
export function processMark(): string {
  mark ??= `${place()}/${process.pid}/${startOf(process.pid)}`;
  return mark;
}

/**
 * Whether the process of a mark (or of a text that begins with one) is known to be gone. Only ever true for processes
 * of this machine: of another one, or of another container on the same disk, nothing can be said.
 */
export function isDeadProcess(text: string): boolean {
  const [where, pid, start] = text.split('/');
  if (where !== place() || pid === undefined || !/^[1-9]\d*$/.test(pid)) return false;
  return !isRunning(Number(pid)) || startOf(Number(pid)) !== start;
}

/** The machine and, where there are such, the space in which process numbers count (a container has its own). */
function place(): string {
  return `${hostname()}:${attempt(() => readlinkSync('/proc/self/ns/pid'))}`.replaceAll('/', '_');
}

/**
 * When a process began, in the kernel's ticks, so that a number used anew is not taken for the old process; '' for one
 * that has ended and was not yet cleared away, and where there is no /proc.
 */
function startOf(pid: number): string {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The name in brackets may hold anything. What follows it is plain: the state first, the start as the 20th (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? '' : (fields[19] ?? '');
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, but as somebody else.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
