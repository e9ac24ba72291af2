import { pino, type Logger } from 'pino';

export type Log = Logger;

/** Keys whose values never reach a log line, at any of the first three levels. */
const SECRET_KEYS = [
  'authorization',
  'accessToken',
  'refreshToken',
  'access_token',
  'refresh_token',
  'clientSecret',
  'client_secret',
  'code',
  'codeVerifier',
  'token',
  'password',
];

/** Structured log on stderr (stdout belongs to a command's answer). Level 'silent' for tests and --json. */
export function createLog(level: string): Log {
  const paths = SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);
  return pino({ level, redact: { paths, censor: '[secret]' } }, pino.destination({ dest: 2, sync: true }));
}
