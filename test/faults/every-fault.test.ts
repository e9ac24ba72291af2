import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { faultTestsOf, readFaultTests, REQUIRED_FAULTS } from './fault-titles.ts';

describe('the catalogue of faults', () => {
  it('has a test for every number that is promised', () => {
    const tested = new Set(readFaultTests().map((test) => test.fault));
    expect(REQUIRED_FAULTS.filter((number) => !tested.has(number))).toEqual([]);
  });

  it('is counted by tests that run: not by comments, texts or tests that are left out', () => {
    const titles = (text: string): number[] => {
      const syntax = ts.createSourceFile('x.test.ts', text, ts.ScriptTarget.Latest, true);
      return faultTestsOf({ path: 'x.test.ts', syntax }).map((test) => test.fault);
    };
    const skip = 'skip';
    expect(titles(`it('fault 7: is so', () => {}); test.each([1])(\`fault 8: \${1}\`, () => {});`)).toEqual([
      7, 8,
    ]);
    expect(
      titles(`describe('x', () => { it.each([[1]])('fault 9: %s', { timeout: 1 }, () => {}); });`),
    ).toEqual([9]);
    expect(titles(`// it('fault 1: no', () => {})\nconst x = "it('fault 2: no', () => {})";`)).toEqual([]);
    expect(
      titles(`it.${skip}('fault 3: no', () => {}); describe.${skip}('y', () => { it('fault 4: no', f); });`),
    ).toEqual([]);
    expect(titles(`it('a fault 5: no', f); expect('fault 6: no', f);`)).toEqual([]);
  });
});
