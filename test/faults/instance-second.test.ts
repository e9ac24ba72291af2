import { afterEach, describe, expect, it } from 'vitest';
import { CommandLine } from '../support/command-line.ts';
import { startVictim } from './crash-process.ts';
import { fileURLToPath } from 'node:url';

let line: CommandLine;
afterEach(() => line.remove());

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

describe('a second instance on one data directory', () => {
  it(
    'fault 55: says so and stops, on another port too, while the first goes on',
    { timeout: 60_000 },
    async () => {
      line = new CommandLine();
      const first = line.start({}, 'serve', '--json');
      const { url } = await first.jsonLine<{ url: string }>();
      for (const settings of [{ HOLDFAST_PORT: '0' }, { HOLDFAST_PORT: new URL(url).port }]) {
        const second = await line.runWith(settings, 'serve');
        expect(second).toMatchObject({
          code: 6,
          stderr: expect.stringMatching(/error INSTANCE_TAKEN:/) as string,
        });
        expect(second.stderr).toContain(line.dataDir);
        expect(second.stderr).toMatch(/^hint: /m);
      }
      expect((await fetch(`${url}/health`)).status).toBe(200);
      // What is not a server works beside it.
      expect(await line.run('kill-switch', 'status')).toMatchObject({ code: 0 });
      expect(await first.stop()).toMatchObject({ code: 0 });
      const third = line.start({}, 'serve', '--json');
      await third.jsonLine();
      expect(await third.stop()).toMatchObject({ code: 0 });
    },
  );

  it('fault 55: takes the place of one that was killed, at once', { timeout: 60_000 }, async () => {
    line = new CommandLine();
    const env = line.env as Record<string, string>;
    const first = startVictim(['serve', '--json'], { env, script: MAIN });
    expect(await first.line()).toContain('url');
    expect(await first.kill()).toBe(true);
    const second = line.start({}, 'serve', '--json');
    const { url } = await second.jsonLine<{ url: string }>();
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect(await second.stop()).toMatchObject({ code: 0 });
  });

  it('fault 55: is refused by a name that means the same directory', { timeout: 60_000 }, async () => {
    line = new CommandLine();
    const first = line.start({}, 'serve', '--json');
    await first.jsonLine();
    const second = await line.runWith({ HOLDFAST_DATA_DIR: `${line.root}/./data/../data` }, 'serve');
    expect(second).toMatchObject({
      code: 6,
      stderr: expect.stringMatching(/error INSTANCE_TAKEN:/) as string,
    });
    await first.stop();
  });
});
