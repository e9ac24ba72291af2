import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmulatorOptions } from '../../emulator/index.ts';
import { sampleCompany } from '../../emulator/quickbooks/samples.ts';
import { xeroSampleCompany } from '../../emulator/world/xero-samples.ts';
import type { PlatformName } from '../../src/domain/index.ts';

/** What describes the company itself, without which nothing can be served. */
const ALWAYS = {
  xero: ['getOrganisations.json'],
  quickbooks: ['company_info.json', 'preferences.json'],
} as const;

/** The published samples of a folder as one company. */
export function sampleCompanies(platform: PlatformName, folder: string): Native {
  return platform === 'xero'
    ? { xero: [xeroSampleCompany(folder)] }
    : { quickbooks: [sampleCompany(folder)] };
}

/**
 * A company that has one published file and nothing else, so that a version of a record is served which another file
 * replaces when all are served together.
 */
export async function oneSample<T>(
  platform: PlatformName,
  folder: string,
  file: string,
  use: (native: Native) => Promise<T>,
): Promise<T> {
  const alone = mkdtempSync(join(tmpdir(), 'holdfast-sample-'));
  try {
    if (platform === 'xero') for (const name of readdirSync(folder)) writeFileSync(join(alone, name), '{}');
    for (const name of [...ALWAYS[platform], file]) copyFileSync(join(folder, name), join(alone, name));
    return await use(sampleCompanies(platform, alone));
  } finally {
    rmSync(alone, { recursive: true });
  }
}

type Native = NonNullable<EmulatorOptions['nativeCompanies']>;
