import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { isDeadProcess, processMark } from '../../src/store/process-mark.ts';

const module = new URL('../../src/store/process-mark.ts', import.meta.url).href;

describe('the mark of a process', () => {
  it('is that of a living process while it runs', () => {
    expect(isDeadProcess(processMark())).toBe(false);
    expect(isDeadProcess(`${processMark()}/lease-7`)).toBe(false);
  });

  it('is known to be that of a dead one afterwards', () => {
    const print = `import { processMark } from ${JSON.stringify(module)}; console.log(processMark());`;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', print], { encoding: 'utf8' });
    expect(child.stdout).toMatch(/\/\d+\//);
    expect(isDeadProcess(child.stdout.trim())).toBe(true);
  });

  it('says nothing of other machines, nor of marks of another kind', () => {
    const elsewhere = processMark()
      .replace(/^[^/]*/, 'elsewhere:pid:[1]')
      .replace(/\/\d+\//, '/999999999/');
    expect(isDeadProcess(elsewhere)).toBe(false);
    expect(isDeadProcess('k3jF9aa')).toBe(false);
    expect(isDeadProcess('')).toBe(false);
  });
});
