import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { beginConnect, completeConnect } from '../../src/connect.ts';
import type { PlatformName } from '../../src/domain/index.ts';
import { readCompanyId, readConnections, readTokenSet } from '../../src/mirror/index.ts';
import { measure, median, startEmulatorProcess, type EmulatorProcess, type Usage } from '../support/child.ts';

/** Product and floor by turns, so that a busy neighbour hits both; the middle one of each counts. */
const ROUNDS = 5;

interface Subject {
  platform: PlatformName;
  connectionId: string;
  companyId: string;
  accessToken: string;
}

/**
 * First sync of the medium world, product and emulator in separate processes: the product's own CPU and peak memory
 * per 1,000 invoices, beside the floor in the same run (fetch + JSON.parse + prepared upsert of the same columns).
 */
export async function benchSync(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  const emulator = await startEmulatorProcess(['--size', 'medium', '--limits', 'off']);
  try {
    const { env, subjects } = await connectAll(emulator, folder);
    const results = [];
    for (const subject of subjects) results.push(...(await compare(subject, env, folder)));
    print(results);
    writeFileSync(new URL('../results.json', import.meta.url), `${JSON.stringify(results, null, 2)}\n`);
  } finally {
    emulator.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One connection a platform, authorised once; every measured process starts from a copy of this state. */
async function connectAll(emulator: EmulatorProcess, folder: string) {
  let callback = '';
  const browserEnd = createServer((request, response) => {
    callback = request.url ?? '';
    response.end('ok');
  });
  await new Promise<void>((resolve) => browserEnd.listen(0, '127.0.0.1', resolve));
  const address = browserEnd.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const env = {
    ...emulator.env,
    XERO_CALLS_PER_MINUTE: '1000000',
    XERO_CALLS_PER_DAY: '1000000',
    QUICKBOOKS_CALLS_PER_SECOND: '100000',
    QUICKBOOKS_CALLS_PER_MINUTE: '1000000',
    HOLDFAST_DATA_DIR: join(folder, 'connected'),
    HOLDFAST_KEY_FILE: join(folder, 'key'),
    HOLDFAST_BASE_URL: `http://127.0.0.1:${port}`,
  };
  const app = createApp(parseConfig(env));
  for (const platform of ['xero', 'quickbooks'] as const) {
    await emulator.visit(await beginConnect(app, platform));
    await completeConnect(app, platform, `http://127.0.0.1:${port}${callback}`);
  }
  const all = await readConnections(app.store.reader);
  const first = (platform: PlatformName) =>
    all.filter((connection) => connection.platform === platform).slice(0, 1);
  const subjects: Subject[] = [];
  for (const connection of [...first('xero'), ...first('quickbooks')]) {
    const { tokens } = await readTokenSet(app.store.reader, app.key, connection.tokenSetId);
    const companyId = await readCompanyId(app.store.reader, app.key, connection);
    subjects.push({
      platform: connection.platform,
      connectionId: connection.id,
      companyId,
      accessToken: tokens.accessToken,
    });
  }
  await app.close();
  browserEnd.close();
  return { env, subjects };
}

interface Result {
  bench: string;
  what: string;
  figure: number;
  unit: string;
  bar: number | null;
  pass: boolean | null;
}

async function compare(subject: Subject, env: Record<string, string>, folder: string): Promise<Result[]> {
  const product: Usage[] = [];
  const floor: Usage[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const dataDir = join(folder, `${subject.platform}-${round}`);
    cpSync(join(folder, 'connected'), dataDir, { recursive: true });
    product.push(
      await measure('../sync/product.ts', {
        env: { ...env, HOLDFAST_DATA_DIR: dataDir },
        connectionId: subject.connectionId,
      }),
    );
    const floorDir = join(folder, `floor-${subject.platform}-${round}`);
    mkdirSync(floorDir);
    floor.push(await measure('../sync/floor.ts', { env, ...subject, file: join(floorDir, 'floor.sqlite') }));
  }
  return summarise(subject.platform, product, floor);
}

function summarise(platform: PlatformName, product: Usage[], floor: Usage[]): Result[] {
  const perThousand = (runs: Usage[]): number => median(runs.map((run) => (run.cpuMs / run.invoices) * 1000));
  const rss = (runs: Usage[]): number => median(runs.map((run) => run.peakRssMb));
  const row = (what: string, figure: number, unit: string): Result => {
    return {
      bench: `sync ${platform}`,
      what,
      figure: Math.round(figure * 100) / 100,
      unit,
      bar: null,
      pass: null,
    };
  };
  return [
    row('product: CPU per 1,000 invoices', perThousand(product), 'ms'),
    row('floor: CPU per 1,000 invoices', perThousand(floor), 'ms'),
    row('product ÷ floor', perThousand(product) / perThousand(floor), 'ratio'),
    row('product: peak memory', rss(product), 'MB'),
    row('floor: peak memory', rss(floor), 'MB'),
    row('invoices', product[0]?.invoices ?? 0, 'rows'),
  ];
}

function print(results: Result[]): void {
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}`;
  console.log(`First sync of the medium world, medians of ${ROUNDS}, by turns, on ${machine}\n`);
  for (const { bench, what, figure, unit } of results) {
    console.log(`${bench.padEnd(16)} ${what.padEnd(34)} ${String(figure).padStart(10)} ${unit}`);
  }
}
