import { afterEach, describe, expect, it } from 'vitest';
import type { NativeTransaction } from '../../emulator/quickbooks/native.ts';
import type { QuickBooksOptions } from '../../emulator/quickbooks/options.ts';
import { bookOf, customer, invoice, startQuickBooks, worldNowMs } from '../support/quickbooks-emulator.ts';
import type { EmulatedQuickBooks } from '../support/quickbooks-emulator.ts';

const octets = { 'content-type': 'application/octet-stream' };

interface Delivery {
  DeliveryInfo?: { DeliveryType: string; DeliveryTime: string };
  BillEmail?: { Address: string };
  EmailStatus?: string;
}
type Sent = NativeTransaction & Delivery;

describe('sending an invoice from QuickBooks', () => {
  let qbo: EmulatedQuickBooks;
  afterEach(() => qbo.close());

  const start = async (options: Partial<QuickBooksOptions> = {}) => {
    const entries = [customer('1'), customer('2', { email: null }), invoice('i1', '1'), invoice('i2', '2')];
    qbo = await startQuickBooks(bookOf(entries), options);
  };
  const send = async (path: string, headers: Record<string, string> = octets) => {
    const response = await qbo.call('POST', path, '', headers);
    const text = await response.text();
    const body = (text === '' ? {} : JSON.parse(text)) as {
      Invoice?: Sent;
      Fault?: { Error: { code: string }[] };
    };
    return { status: response.status, ...body };
  };
  const read = async (id: string) =>
    ((await (await qbo.call('GET', `invoice/${id}`)).json()) as { Invoice: Sent }).Invoice;

  it('answers with EmailSent and a delivery at the world’s present time', async () => {
    await start();
    const { status, Invoice } = await send('invoice/1/send');
    expect(status).toBe(200);
    expect(Invoice?.EmailStatus).toBe('EmailSent');
    expect(Invoice?.DeliveryInfo?.DeliveryType).toBe('Email');
    const deliveredMs = Date.parse(Invoice?.DeliveryInfo?.DeliveryTime ?? '');
    expect(deliveredMs).toBeGreaterThanOrEqual(worldNowMs);
    expect(deliveredMs).toBeLessThan(worldNowMs + 60_000);
  });

  it('moves the update time and leaves the SyncToken alone', async () => {
    await start();
    const before = await read('1');
    await send('invoice/1/send');
    const after = await read('1');
    expect(after.SyncToken).toBe(before.SyncToken);
    expect(after.MetaData.LastUpdatedTime).not.toBe(before.MetaData.LastUpdatedTime);
  });

  it('had marked the invoice as sent once before, so that EmailSent alone proves nothing', async () => {
    await start();
    const first = await read('1');
    expect(first.EmailStatus).toBe('EmailSent');
    expect(Date.parse(first.DeliveryInfo?.DeliveryTime ?? '')).toBeLessThan(worldNowMs);
  });

  it('overwrites the invoice’s address with sendTo', async () => {
    await start();
    await send('invoice/1/send?sendTo=other%2Bbox%40example.com');
    expect((await read('1')).BillEmail).toEqual({ Address: 'other+box@example.com' });
  });

  it('refuses an invoice without any address', async () => {
    await start();
    expect((await send('invoice/2/send')).Fault?.Error[0]?.code).toBe('6000');
    expect(qbo.world.effects.list('invoice-send')).toHaveLength(0);
  });

  it('refuses a JSON content type without a body, as Intuit’s server has been seen to', async () => {
    await start();
    expect((await send('invoice/1/send', { 'content-type': 'application/json' })).status).toBe(400);
    expect(qbo.world.effects.list('invoice-send')).toHaveLength(0);
  });

  it('can fail there with an empty 500, or send after all', async () => {
    await start({ sendAsJsonStatus: 500 });
    expect(await send('invoice/1/send', { 'content-type': 'application/json' })).toEqual({ status: 500 });
    await qbo.close();
    await start({ sendAsJsonStatus: 200 });
    expect((await send('invoice/1/send', { 'content-type': 'application/json' })).status).toBe(200);
  });

  it('sends once for one requestid', async () => {
    await start();
    const first = await send('invoice/1/send?requestid=m-1');
    expect(await send('invoice/1/send?requestid=m-1')).toEqual(first);
    expect(qbo.world.effects.list('invoice-send')).toMatchObject([{ target: '1', requestId: 'm-1' }]);
  });

  it('sends again for the same requestid when ids are not honoured on send', async () => {
    await start({ requestIdOnSend: false });
    await send('invoice/1/send?requestid=m-1');
    await send('invoice/1/send?requestid=m-1');
    expect(qbo.world.effects.list('invoice-send')).toHaveLength(2);
  });

  it('can deliver later than it answers', async () => {
    await start({ sendDelayMs: 30_000 });
    const before = (await read('1')).DeliveryInfo;
    const { Invoice } = await send('invoice/1/send');
    expect(Invoice?.DeliveryInfo).toEqual(before);
    expect((await read('1')).DeliveryInfo).toEqual(before);
    qbo.world.clock.set(qbo.world.clock.nowMs() + 31_000);
    const deliveredMs = Date.parse((await read('1')).DeliveryInfo?.DeliveryTime ?? '');
    expect(deliveredMs).toBeGreaterThanOrEqual(worldNowMs + 30_000);
  });

  it('has sent although the answer was lost', async () => {
    await start();
    await read('1');
    qbo.world.faults.add({ method: 'POST', path: '/v3/company/*/invoice/*/send', cutAtByte: 10, times: 1 });
    await expect(send('invoice/1/send')).rejects.toThrow();
    expect(qbo.world.effects.list('invoice-send')).toHaveLength(1);
  });
});
