import { pino, type Logger } from 'pino';

export type Log = Logger;

/** Names whose values never reach a log line, however they are written and however deep they lie. */
const SECRET =
  /^(?:authorization|cookie|set-cookie|(?:access|refresh|id)?[-_]?token|client[-_]?secret|code|code[-_]?verifier|password)$/i;
const DEPTH_MAX = 8;

/** Structured log on stderr (stdout belongs to a command's answer). Level 'silent' for tests and --json. */
export function createLog(level: string): Log {
  const options = {
    level,
    formatters: { log: (object: Record<string, unknown>) => withoutSecrets(object) },
    // Errors are described here; pino would describe them with all that hangs on them.
    serializers: { err: (error: unknown) => error },
  };
  return pino(options, pino.destination({ dest: 2, sync: true }));
}

function withoutSecrets(object: Record<string, unknown>, depth = 0): Record<string, unknown> {
  const entries = Object.entries(object);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, SECRET.test(key) ? '[secret]' : shown(value, depth + 1)]),
  );
}

function shown(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return describeError(value);
  if (depth >= DEPTH_MAX) return '[too deep]';
  if (Array.isArray(value)) return value.map((one) => shown(one, depth + 1));
  return withoutSecrets({ ...value }, depth);
}

/** What an error says of itself; an SDK's error also carries the request, with its headers. */
function describeError(error: Error): Record<string, unknown> {
  const code: unknown = Reflect.get(error, 'code');
  return { type: error.name, code, message: error.message, stack: error.stack };
}
