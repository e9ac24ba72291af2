import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { createProgram } from '../../src/cli/program.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const page = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Every command that does something, with the words that lead to it: 'limits import'. */
function leaves(command: Command, path: string[] = []): { name: string; command: Command }[] {
  return command.commands.flatMap((child) => {
    const name = [...path, child.name()];
    return [{ name: name.join(' '), command: child }, ...leaves(child, name)];
  });
}

const commands = leaves(await createProgram());
const names = commands.map(({ name }) => name);

describe('the documents of the command line', () => {
  it('cover a command line that is not empty', () => {
    expect(names).toEqual(expect.arrayContaining(['flags', 'limits import', 'connections mode', 'demo']));
  });

  it.each(names)('say what `%s --json` answers', (name) => {
    const words = name.split(' ');
    const headings =
      page('docs/json.md')
        .match(/^## .+$/gm)
        ?.join('\n') ?? '';
    expect(headings).toMatch(new RegExp(`\\b${words[0] ?? ''}\\b`));
    if (words.length > 1) expect(page('docs/json.md')).toContain(`\`${name}`);
  });

  it.each([...new Set(names.map((name) => name.split(' ')[0] ?? ''))])('name `%s` in the README', (name) => {
    expect(page('README.md')).toMatch(new RegExp(`\`${name}\\b`));
  });

  it('show examples that are JSON', () => {
    const examples = [...page('docs/json.md').matchAll(/```json\n([^]*?)```/g)].map(
      (match) => match[1] ?? '',
    );
    expect(examples.length).toBeGreaterThan(5);
    for (const example of examples) expect(() => JSON.parse(example) as unknown, example).not.toThrow();
  });

  it('give the exit codes that the program ends with', () => {
    const rows = [...page('docs/json.md').matchAll(/^\| (\d) +\| (`\w+`(?:, `\w+`)*) +\|/gm)];
    const documented = rows.flatMap(([, code, kinds = '']) =>
      [...kinds.matchAll(/\w+/g)].map(([kind]) => [kind, Number(code)]),
    );
    expect(Object.fromEntries(documented)).toEqual(
      Object.fromEntries(Object.entries(EXIT_CODES).filter(([kind]) => kind !== 'ok')),
    );
  });

  it('promise --json on every command but the emulator’s, which has its own', () => {
    const without = commands.filter(
      ({ command }) => !command.options.some((option) => option.long === '--json'),
    );
    expect(without.map(({ name }) => name)).toEqual(['emulator']);
  });
});
