import nodemailer from 'nodemailer';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WorldClock } from '../../emulator/core/clock.ts';
import { Effects } from '../../emulator/core/effects.ts';
import { WorldState } from '../../emulator/core/state.ts';
import { startMailServers } from '../../emulator/mail/index.ts';
import type { MailFault, StoredMessage } from '../../emulator/mail/index.ts';

const worldNowMs = Date.parse('2026-03-11T10:00:00Z');

describe('the emulated mail server', () => {
  const open: (() => Promise<void> | void)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  });

  async function start(misbehave: MailFault[] = []) {
    const state = new WorldState(':memory:');
    const clock = new WorldClock(worldNowMs);
    const effects = new Effects(state, clock);
    const servers = await startMailServers({ state, clock, effects, misbehave });
    open.push(() => state.close(), servers.close);
    return { ...servers, effects };
  }

  function send(smtpUrl: string, message: object = {}) {
    const transport = nodemailer.createTransport(smtpUrl);
    return transport.sendMail({
      from: 'Credit control <credit@bramble.example>',
      to: 'accounts@alderfold.example',
      subject: 'INV-01042 is due',
      text: 'Dear customer, £120.00 is due.',
      html: '<p>Dear customer, <b>£120.00</b> is due.</p>',
      messageId: '<one@bramble.example>',
      ...message,
    });
  }

  async function inbox(inboxUrl: string): Promise<StoredMessage[]> {
    return (await (await fetch(`${inboxUrl}/messages.json`)).json()) as StoredMessage[];
  }

  it('keeps an accepted message with its envelope, both bodies and the time of the world', async () => {
    const { smtpUrl, inboxUrl } = await start();
    await send(smtpUrl, { bcc: 'archive@bramble.example' });
    const [message, ...others] = await inbox(inboxUrl);
    expect(others).toEqual([]);
    expect(message).toMatchObject({
      messageId: 'one@bramble.example',
      envelopeFrom: 'credit@bramble.example',
      recipients: ['accounts@alderfold.example', 'archive@bramble.example'],
      to: ['accounts@alderfold.example'],
      subject: 'INV-01042 is due',
    });
    expect(message?.text).toContain('£120.00');
    expect(message?.html).toContain('<b>£120.00</b>');
    expect(new Date(message?.receivedMs ?? 0).toISOString().slice(0, 13)).toBe('2026-03-11T10');
  });

  it('writes one effect for one message, under its Message-ID', async () => {
    const { smtpUrl, effects } = await start();
    await send(smtpUrl);
    expect(effects.list('mail')).toMatchObject([
      { platform: 'mail', target: 'accounts@alderfold.example', requestId: 'one@bramble.example' },
    ]);
  });

  it('takes any user name and password', async () => {
    const { smtpUrl, inboxUrl } = await start();
    await send(smtpUrl.replace('smtp://', 'smtp://anyone:anything@'));
    expect(await inbox(inboxUrl)).toHaveLength(1);
  });

  it('shows the inbox and a message as pages on which a hostile message can do nothing', async () => {
    const { smtpUrl, inboxUrl } = await start();
    await send(smtpUrl, { subject: '<script>alert(1)</script>', html: '<p title="x">Hi</p>' });
    const list = await fetch(inboxUrl);
    expect(list.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await list.text()).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    const page = await (await fetch(`${inboxUrl}/messages/1`)).text();
    expect(page).not.toContain('<script>');
    expect(page).toMatch(/<iframe sandbox="(?![^"]*allow-(scripts|same-origin))/);
    expect(page).toContain('srcdoc="&lt;base target=&quot;_blank&quot;&gt;&lt;p title=&quot;x&quot;&gt;Hi');
    expect((await fetch(`${inboxUrl}/messages/2`)).status).toBe(404);
  });

  it('hands out the bytes as they came', async () => {
    const { smtpUrl, inboxUrl } = await start();
    await send(smtpUrl);
    const raw = await (await fetch(`${inboxUrl}/messages/1/raw`)).text();
    expect(raw).toContain('Message-ID: <one@bramble.example>');
  });

  it('refuses a recipient with 550 and keeps nothing', async () => {
    const { smtpUrl, inboxUrl, effects } = await start([
      { then: 'reject-recipient', recipient: 'Accounts@Alderfold.example' },
    ]);
    await expect(send(smtpUrl)).rejects.toMatchObject({ responseCode: 550 });
    await send(smtpUrl, { to: 'someone@else.example' });
    expect((await inbox(inboxUrl)).map((message) => message.recipients)).toEqual([['someone@else.example']]);
    expect(effects.list('mail')).toHaveLength(1);
  });

  it('defers the second message only with 451, when told so', async () => {
    const { smtpUrl, inboxUrl } = await start([{ then: 'defer', after: 1, times: 1 }]);
    await send(smtpUrl, { subject: 'first' });
    await expect(send(smtpUrl, { subject: 'second' })).rejects.toMatchObject({ responseCode: 451 });
    await send(smtpUrl, { subject: 'third' });
    expect((await inbox(inboxUrl)).map((message) => message.subject)).toEqual(['third', 'first']);
  });

  it('keeps nothing when the connection dies before the final dot', async () => {
    const { smtpUrl, inboxUrl, effects } = await start([{ then: 'drop-before-dot' }]);
    await expect(send(smtpUrl)).rejects.toThrow();
    expect(await inbox(inboxUrl)).toEqual([]);
    expect(effects.list('mail')).toEqual([]);
  });

  it('has kept the message when the connection dies after the final dot, though the client cannot know', async () => {
    const { smtpUrl, inboxUrl, effects } = await start([{ then: 'drop-after-dot', times: 1 }]);
    await expect(send(smtpUrl)).rejects.toThrow();
    expect(await inbox(inboxUrl)).toHaveLength(1);
    expect(effects.list('mail')).toHaveLength(1);
  });

  it('can keep a message long before it says so', async () => {
    const { smtpUrl, inboxUrl, close } = await start([{ then: 'delay', delayMs: 3_600_000 }]);
    const sending = send(smtpUrl).then(
      () => 'answered',
      () => 'cut off',
    );
    await vi.waitUntil(async () => (await inbox(inboxUrl)).length === 1, { timeout: 10_000 });
    await close();
    expect(await sending).toBe('cut off');
  });

  it('takes other faults while it runs', async () => {
    const { smtpUrl, inboxUrl } = await start();
    const declare = (faults: unknown) =>
      fetch(`${inboxUrl}/_emulator/mail-faults`, { method: 'POST', body: JSON.stringify(faults) });
    expect((await declare([{ then: 'defer' }])).status).toBe(200);
    await expect(send(smtpUrl)).rejects.toMatchObject({ responseCode: 451 });
    expect((await declare([{ then: 'explode' }])).status).toBe(400);
    expect((await declare([])).status).toBe(200);
    await send(smtpUrl);
    expect(await inbox(inboxUrl)).toHaveLength(1);
  });
});
