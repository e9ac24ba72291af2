import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SILENCERS } from './escape-hatches.ts';
import { FORBIDDEN_WORDS, findForbiddenWords } from './forbidden-words.ts';
import { ALL_FOLDERS, PRODUCT_FOLDERS, ROOT, listFiles, readTree } from './source-tree.ts';
import { describeViolations } from './violation.ts';

const everything = readTree(ROOT, ALL_FOLDERS);
const isOfProduct = (path: string): boolean => /^(src|connectors|emulator)\//.test(path);

/** Files that a test of these checks has to spell the words in. */
const isAboutWords = (path: string): boolean => path.startsWith('test/architecture/');

describe('forbidden words', () => {
  it('stand only where CONTRIBUTING.md allows them', () => {
    expect(describeViolations(findForbiddenWords(readTree(ROOT, PRODUCT_FOLDERS)))).toEqual([]);
  });

  it('any and casts through unknown stand nowhere, tests and emulator included', () => {
    const typed = FORBIDDEN_WORDS.filter((word) => word.rule.startsWith('no any'));
    expect(describeViolations(findForbiddenWords(everything, typed))).toEqual([]);
  });

  it('no comment switches a checker off', () => {
    const silenced = everything.filter((module) => SILENCERS.test(module.text) && !isAboutWords(module.path));
    expect(silenced.map((module) => module.path)).toEqual([]);
  });

  it('no work is left behind as a note to self', () => {
    const noted = everything.filter(
      (module) => isOfProduct(module.path) && /\b(TODO|FIXME|XXX)\b/.test(module.text),
    );
    expect(noted.map((module) => module.path)).toEqual([]);
  });

  it('no test is skipped, left for later or run alone', () => {
    const skips =
      /\b(it|test|describe|suite)(\.\w+)*\.(skip|skipIf|runIf|only|todo|fails)\b|\b(xit|xdescribe|fit)\(/;
    const skipping = everything.filter(
      (module) => module.path.startsWith('test/') && skips.test(module.text),
    );
    expect(skipping.map((module) => module.path).filter((path) => !isAboutWords(path))).toEqual([]);
  });
});

describe('file names', () => {
  const files = ['src', 'connectors', 'emulator'].flatMap((folder) => listFiles(ROOT, folder));

  it('are written in kebab-case', () => {
    const code = files.filter((file) => file.endsWith('.ts'));
    expect(code.filter((file) => !/^[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(basename(file)))).toEqual([]);
  });

  it('say what is inside, so none is a drawer for anything', () => {
    const drawers = /(^|[/-])(utils?|helpers?|common|managers?|services?|misc)(\.ts|\/)/;
    expect(files.filter((file) => drawers.test(file))).toEqual([]);
  });
});
