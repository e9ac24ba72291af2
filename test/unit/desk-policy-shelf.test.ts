import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY_FILE, readPolicyFile } from '../../src/policy/index.ts';
import { PolicyShelf } from '../../src/web/policy-shelf.ts';
import { tempDir } from '../support/temp-store.ts';

const TEXT = readFileSync(DEFAULT_POLICY_FILE, 'utf8');

describe('the policy that the order desk keeps', () => {
  it('is read once, and again as soon as its file is another one, of the same size too', () => {
    const policyFile = join(tempDir(), 'policy.yaml');
    let reads = 0;
    const shelf = new PolicyShelf({
      config: { policyFile },
      policy: () => {
        reads += 1;
        return readPolicyFile(policyFile);
      },
    });
    writeFileSync(policyFile, TEXT);
    expect(shelf.read().name).toBe('Default policy');
    expect(shelf.read()).toBe(shelf.read());
    expect(reads).toBe(1);
    writeFileSync(`${policyFile}.new`, TEXT.replace('Default policy', 'Changed policy'));
    renameSync(`${policyFile}.new`, policyFile);
    expect(shelf.read().name).toBe('Changed policy');
    writeFileSync(policyFile, 'version: 2');
    expect(() => shelf.read()).toThrow(expect.objectContaining({ code: 'POLICY_INVALID' }));
    expect(() => shelf.read()).toThrow(expect.objectContaining({ code: 'POLICY_INVALID' }));
    writeFileSync(policyFile, TEXT);
    expect(shelf.read().name).toBe('Default policy');
  });
});
