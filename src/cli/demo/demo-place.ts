import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demoEnvironment } from '../../config.ts';
import { HoldfastError } from '../../domain/index.ts';

/** Which world is played. The same seed and size always give the same one. */
export interface WorldChoice {
  seed: number;
  size: string;
}

/** Where the demo keeps its things, and which world lies there. */
export interface DemoPlace {
  dataDir: string;
  keyFile: string;
  /** The emulated platforms' own state, beside the database. */
  stateFile: string;
  policyFile: string;
  world: WorldChoice;
}

const FIRST_WORLD: WorldChoice = { seed: 7, size: 'small' };

/**
 * The demo's data directory, claimed for it at the first run; a world that is there already is gone on with. Throws
 * DEMO_NOT_HERE where somebody's real data lie, DEMO_OTHER_WORLD when another world was asked for.
 */
export function openDemoPlace(asked: Partial<WorldChoice>): DemoPlace {
  const env = demoEnvironment();
  const dataDir = resolve(env['HOLDFAST_DATA_DIR'] ?? join(demoFolder(), 'data'));
  const keyFile = resolve(env['HOLDFAST_KEY_FILE'] ?? `${dataDir}.key`);
  return {
    dataDir,
    keyFile,
    stateFile: join(dataDir, 'emulator.sqlite'),
    policyFile: join(dataDir, 'policy.yaml'),
    world: claim(dataDir, asked),
  };
}

/** `.demo` in a checkout, where git ignores it; for an installed package where the user is. */
function demoFolder(): string {
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  const isCheckout = existsSync(join(root, 'src', 'cli', 'main.ts'));
  return join(isCheckout ? root : process.cwd(), '.demo');
}

/** The marker says that a directory is the demo's, so that real data are never mixed with it. */
function claim(dataDir: string, asked: Partial<WorldChoice>): WorldChoice {
  const marker = join(dataDir, 'demo.json');
  if (existsSync(marker))
    return sameWorld(dataDir, JSON.parse(readFileSync(marker, 'utf8')) as WorldChoice, asked);
  if (existsSync(join(dataDir, 'holdfast.sqlite'))) throw notHere(dataDir);
  const world = { ...FIRST_WORLD, ...asked };
  mkdirSync(dirname(marker), { recursive: true, mode: 0o700 });
  writeFileSync(marker, `${JSON.stringify(world)}\n`);
  return world;
}

function sameWorld(dataDir: string, kept: WorldChoice, asked: Partial<WorldChoice>): WorldChoice {
  const { seed = kept.seed, size = kept.size } = asked;
  if (seed === kept.seed && size === kept.size) return kept;
  throw new HoldfastError(
    'DEMO_OTHER_WORLD',
    `In ${dataDir} lies the world of seed ${kept.seed}, ${kept.size}.`,
    {
      hint: 'Delete that folder to begin another world, or set HOLDFAST_DATA_DIR to a new one.',
    },
  );
}

function notHere(dataDir: string): HoldfastError {
  return new HoldfastError('DEMO_NOT_HERE', `${dataDir} holds a database that is not the demo's.`, {
    kind: 'state',
    hint: 'Unset HOLDFAST_DATA_DIR for the demo, or point it at a new folder.',
  });
}
