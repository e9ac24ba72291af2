import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { environmentNames } from '../../src/config.ts';
import { ROOT } from './source-tree.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

describe('project files', () => {
  it('the lock file names no place that packages were fetched from', () => {
    expect(read('package-lock.json')).not.toContain('"resolved"');
  });

  it('.env.example shows exactly the variables that the configuration knows', () => {
    const shown = [...read('.env.example').matchAll(/^#?\s*([A-Z][A-Z0-9_]+)=/gm)].map((match) => match[1]);
    expect(new Set(shown)).toEqual(new Set(environmentNames()));
    expect(shown).toHaveLength(new Set(shown).size);
  });

  it('what the package lists is there', () => {
    const { files, bin } = JSON.parse(read('package.json')) as {
      files: string[];
      bin: Record<string, string>;
    };
    const made = ['dist'];
    const listed = [...files, ...Object.values(bin)].filter((path) => !made.includes(path));
    expect(listed.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});
