import { parseArgs } from 'node:util';
import { listCompanies } from './core/companies.ts';
import { startEmulator } from './index.ts';
import { answerMessage } from './messages.ts';
import type { EmulatorRequestMessage } from './messages.ts';
import type { EmulatorOptions, RunningEmulator } from './options.ts';
import { WorldState } from './core/state.ts';
import { chosenWorld } from './worlds.ts';
import type { WorldChoice } from './worlds.ts';

const usage = `Usage: node emulator/main.ts [options]
  --seed N              seed of the generated world (7)
  --size SIZE           small, medium or large (small)
  --state FILE          keep the world in this file; a world that is there already is continued
  --ledger FILE         serve a CSV ledger, as a Xero organisation and as a QuickBooks company
  --today YYYY-MM-DD    the ledger's day (today)
  --zone ZONE           the ledger's time zone (Europe/London)
  --samples             serve the platforms' published samples, as one company each
  --demo                serve the demo's companies beside the ledger or the samples
  --now ISO             world time of a new world (2026-03-11T10:00:00Z)
  --limits real|off     whether call limits are enforced (real)
  --consent-page        show consent pages instead of approving at once
  --xero-port, --quickbooks-port, --smtp-port, --inbox-port N
  --json                print one line of JSON instead of lines of text
  --help`;

const flags = {
  seed: { type: 'string', default: '7' },
  size: { type: 'string', default: 'small' },
  state: { type: 'string' },
  ledger: { type: 'string' },
  today: { type: 'string' },
  zone: { type: 'string', default: 'Europe/London' },
  demo: { type: 'boolean', default: false },
  samples: { type: 'boolean', default: false },
  now: { type: 'string' },
  limits: { type: 'string', default: 'real' },
  'consent-page': { type: 'boolean', default: false },
  'xero-port': { type: 'string' },
  'quickbooks-port': { type: 'string' },
  'smtp-port': { type: 'string' },
  'inbox-port': { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

type Flags = ReturnType<typeof readFlags>;

function readFlags() {
  return parseArgs({ options: flags, strict: true }).values;
}

function choiceOf(values: Flags): WorldChoice {
  const { size, seed, zone, demo, samples } = values;
  if (size !== 'small' && size !== 'medium' && size !== 'large') throw new Error(`--size ${size} is unknown`);
  if (!/^\d+$/.test(seed)) throw new Error(`--seed ${seed} is no number`);
  return {
    seed: Number(seed),
    size,
    zone,
    demo,
    samples,
    ...(values.ledger === undefined ? {} : { ledger: values.ledger }),
    ...(values.today === undefined ? {} : { today: values.today }),
    ...(values.now === undefined ? {} : { now: values.now }),
  };
}

function optionsOf(values: Flags): EmulatorOptions {
  if (values.limits !== 'real' && values.limits !== 'off')
    throw new Error(`--limits ${values.limits} is unknown`);
  const port = (text: string | undefined): number => Number(text ?? '0');
  return {
    ...(keepsWorld(values.state) ? {} : chosenWorld(choiceOf(values))),
    ...(values.state === undefined ? {} : { stateFile: values.state }),
    limits: values.limits,
    autoApprove: !values['consent-page'],
    ports: {
      xero: port(values['xero-port']),
      quickbooks: port(values['quickbooks-port']),
      smtp: port(values['smtp-port']),
      inbox: port(values['inbox-port']),
    },
  };
}

/** A kept world needs no books: reading a ledger or making a large world again would be for nothing. */
function keepsWorld(stateFile: string | undefined): boolean {
  if (stateFile === undefined) return false;
  const state = new WorldState(stateFile);
  const loaded = state.getValue<boolean>('loaded') === true;
  state.close();
  return loaded;
}

function announce(emulator: RunningEmulator, asJson: boolean): Record<string, unknown> {
  const { xeroUrl, quickbooksUrl, smtpUrl, inboxUrl, state, clock } = emulator;
  const companies = ['xero', 'quickbooks'].flatMap((platform) =>
    listCompanies(state, platform).map(({ remoteId, company }) => ({
      platform,
      id: company.id,
      remoteId,
      name: company.name,
    })),
  );
  const now = new Date(clock.nowMs()).toISOString();
  const facts = { xeroUrl, quickbooksUrl, smtpUrl, inboxUrl, now, companies, env: emulator.env() };
  process.stdout.write(asJson ? `${JSON.stringify(facts)}\n` : announcement(facts));
  return facts;
}

interface Facts {
  xeroUrl: string;
  quickbooksUrl: string;
  smtpUrl: string;
  inboxUrl: string;
  now: string;
  companies: { platform: string; remoteId: string; name: string }[];
  env: Record<string, string>;
}

/** Comment lines with `#`, so that the whole printout can be read as an environment file. */
function announcement(facts: Facts): string {
  const lines = [
    `# Xero        ${facts.xeroUrl}`,
    `# QuickBooks  ${facts.quickbooksUrl}`,
    `# SMTP        ${facts.smtpUrl}`,
    `# Inbox       ${facts.inboxUrl}`,
    `# World time  ${facts.now}`,
    ...facts.companies.map((one) => `# ${one.platform}: ${one.name} (${one.remoteId})`),
    ...Object.entries(facts.env).map(([name, value]) => `${name}=${value}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** Answers the parent process, and ends with it. */
function serveParent(emulator: RunningEmulator, facts: Record<string, unknown>, stop: () => void): void {
  if (!process.send) return;
  const send = (message: object): void => void process.send?.(message);
  process.on('message', (message: EmulatorRequestMessage) => {
    answerMessage(emulator, message).then(
      (result) => send({ id: message.id, result }),
      (error: unknown) =>
        send({ id: message.id, error: error instanceof Error ? error.message : String(error) }),
    );
  });
  process.on('disconnect', stop);
  send({ type: 'ready', ...facts });
}

async function main(): Promise<void> {
  const values = readFlags();
  if (values.help) return void process.stdout.write(`${usage}\n`);
  const emulator = await startEmulator(optionsOf(values));
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    void emulator.close().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  serveParent(emulator, announce(emulator, values.json), stop);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(2);
});
