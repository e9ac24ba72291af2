import { moveClock, readClock } from './core/control.ts';
import type { Fault } from './core/faults.ts';
import { orderWebhooks } from './core/webhook-control.ts';
import type { WebhookOrder } from './core/webhook-control.ts';
import type { RunningEmulator } from './options.ts';

/** What a parent process may ask over the IPC channel. Each is answered by { id, result } or { id, error }. */
export type EmulatorRequestMessage = { id: number | string } & (
  | { type: 'visit'; url: string }
  | { type: 'setClock'; iso?: string; nowMs?: number }
  | { type: 'clock' }
  | { type: 'limits'; company: string }
  | { type: 'ledger'; kind?: string }
  | { type: 'faults'; add?: Fault; clear?: number | 'all' }
  | { type: 'env' }
  | ({ type: 'webhooks'; platform: 'xero' | 'quickbooks' } & WebhookOrder)
);

/** Carries one message out. */
export async function answerMessage(
  emulator: RunningEmulator,
  message: EmulatorRequestMessage,
): Promise<unknown> {
  switch (message.type) {
    case 'visit':
      return emulator.visit(message.url);
    case 'setClock':
      return moveClock(emulator, message);
    case 'clock':
      return readClock(emulator.clock);
    case 'limits':
      return emulator.limitsCsv(message.company);
    case 'ledger':
      return emulator.effects.list(message.kind);
    case 'faults':
      return changeFaults(emulator, message);
    case 'webhooks':
      return orderWebhooks(emulator.webhooks, message.platform, message);
    case 'env':
      return emulator.env();
    default:
      throw new Error('unknown message');
  }
}

function changeFaults(emulator: RunningEmulator, change: { add?: Fault; clear?: number | 'all' }): unknown {
  const { faults } = emulator;
  if (change.clear !== undefined) faults.clear(change.clear === 'all' ? undefined : change.clear);
  const id = change.add ? faults.add(change.add) : null;
  return { id, faults: faults.list() };
}
