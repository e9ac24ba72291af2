import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../support/run-program.ts';

const LOG = fileURLToPath(new URL('../../src/lib/log.ts', import.meta.url));
const SECRET = 'sesame-open-4711';

/** What a process that logs these objects leaves on its two outputs; the log writes to a descriptor, not to a stream. */
async function logged(level: string, ...objects: unknown[]): Promise<{ stdout: string; stderr: string }> {
  const program = `
    const { createLog } = await import(process.argv[1]);
    const log = createLog(process.argv[2]);
    for (const object of JSON.parse(process.argv[3])) log.info(object, 'a line');
  `;
  const args = ['--input-type=module', '-e', program, LOG, level, JSON.stringify(objects)];
  return runProgram(process.execPath, args);
}

describe('the log', () => {
  it('hides secrets wherever they stand in the first levels of an object', async () => {
    const names = [
      'authorization',
      'accessToken',
      'refresh_token',
      'clientSecret',
      'code',
      'password',
      'token',
    ];
    const objects = names.flatMap((name) => [
      { [name]: SECRET },
      { reply: { [name]: SECRET } },
      { call: { headers: { [name]: SECRET } } },
    ]);
    const { stderr } = await logged('info', ...objects);
    expect(stderr).not.toContain(SECRET);
    expect(stderr.match(/\[secret\]/g)).toHaveLength(objects.length);
  });

  it('hides them however they are written and however deep they lie', async () => {
    const { stderr } = await logged(
      'info',
      { headers: { Authorization: SECRET, 'Set-Cookie': SECRET, 'x-request-id': 'seen' } },
      { a: { b: { c: { d: [{ REFRESH_TOKEN: SECRET }, { 'client-secret': SECRET }] } } } },
      { grant: { IdToken: SECRET, codeVerifier: SECRET } },
    );
    expect(stderr).not.toContain(SECRET);
    expect(stderr).toContain('"x-request-id":"seen"');
  });

  it('shows the code of an error, and not the request that an SDK hangs on it', async () => {
    const program = `
      const { createLog } = await import(process.argv[1]);
      const fault = Object.assign(new Error('it broke'), { code: 'ECONNRESET', config: { headers: '${SECRET}' } });
      createLog('info').error({ err: fault, connection: 'xero-1' }, 'a line');
    `;
    const { stderr } = await runProgram(process.execPath, ['--input-type=module', '-e', program, LOG]);
    expect(JSON.parse(stderr)).toMatchObject({
      connection: 'xero-1',
      err: { type: 'Error', code: 'ECONNRESET', message: 'it broke' },
    });
    expect(stderr).not.toContain(SECRET);
  });

  it('writes what is not secret to stderr, one JSON object a line, and nothing to stdout', async () => {
    const { stdout, stderr } = await logged('info', { connection: 'xero-1', errorCode: 'PLATFORM_TIMEOUT' });
    expect(JSON.parse(stderr)).toMatchObject({
      connection: 'xero-1',
      errorCode: 'PLATFORM_TIMEOUT',
      msg: 'a line',
    });
    expect(stdout).toBe('');
  });

  it('says nothing when it is silent', async () => {
    expect(await logged('silent', { connection: 'xero-1' })).toMatchObject({ stdout: '', stderr: '' });
  });
});
