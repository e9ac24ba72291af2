import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startEmulator } from '../../emulator/index.ts';
import type { MailConnector, MailMessage } from '../../src/domain/index.ts';
import { createLog, SystemClock } from '../../src/lib/index.ts';
import { mailConfig, mailEnvironment } from '../../connectors/mail/config.ts';
import { createConnectors } from '../../connectors/registry.ts';
import { present } from '../../src/lib/index.ts';

const MESSAGE: MailMessage = {
  messageId: '<reminder-1.episode-2@holdfast.example>',
  to: ['debtor@example.com'],
  subject: 'Invoice INV-1 is overdue – £120.00',
  text: 'Dear customer,\n.\nplease pay.\n',
  html: '<p>Dear customer, please pay.</p>',
};

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

function mail(smtpUrl: string, from = 'Accounts <accounts@holdfast.example>'): MailConnector {
  const config = mailConfig(mailEnvironment.parse({ SMTP_URL: smtpUrl, MAIL_FROM: from }));
  const deps = { clock: new SystemClock(), log: createLog('silent') };
  return present(createConnectors({ xero: null, quickbooks: null, mail: config }, deps).mail, 'mail');
}

/** A server that speaks SMTP line by line as a test says; null drops the connection. */
async function smtp(answer: (line: string, inText: boolean) => string | null): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    let inText = false;
    socket.on('error', () => undefined);
    socket.write('220 test\r\n');
    let rest = '';
    socket.on('data', (chunk) => {
      const lines = (rest + chunk.toString('utf8')).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (inText && line !== '.') {
          if (answer(line, true) === null) socket.destroy();
          continue;
        }
        inText = false;
        const reply = answer(line, false);
        if (reply === null) return void socket.destroy();
        inText = reply.startsWith('354');
        socket.write(`${reply}\r\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  });
  return `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const polite = (line: string): string => (/^DATA/i.test(line) ? '354 go on' : '250 fine');

describe('the mail connector', () => {
  it('delivers a message with its Message-ID, both bodies and the final reply', async () => {
    const emulator = await startEmulator({ servers: ['mail'] });
    open.push(emulator);
    const connector = mail(emulator.smtpUrl);
    await connector.verify();
    const { reply } = await connector.send(MESSAGE);
    expect(reply).toMatch(/^250/);
    const [effect] = emulator.effects.list('mail');
    expect(effect).toMatchObject({ requestId: MESSAGE.messageId.slice(1, -1) });
    expect(JSON.stringify(effect)).toContain('debtor@example.com');
  });

  it('says that nothing was sent when nobody answers, or answers with no', async () => {
    await expect(mail('smtp://127.0.0.1:9').send(MESSAGE)).rejects.toMatchObject({
      code: 'PLATFORM_UNREACHABLE',
      sent: 'no',
    });
    const busy = await smtp(() => '421 too busy');
    await expect(mail(busy).send(MESSAGE)).rejects.toMatchObject({ sent: 'no' });
  });

  it('tells what is refused for now from what is refused for good, before and after the text', async () => {
    const at = (command: RegExp, reply: string) =>
      smtp((line) => (command.test(line) ? reply : polite(line)));
    const cases = [
      {
        url: await at(/^RCPT/i, '550 no such user'),
        code: 'PLATFORM_REFUSED',
        retryable: false,
        status: 550,
      },
      {
        url: await at(/^RCPT/i, '450 mailbox busy'),
        code: 'PLATFORM_UNAVAILABLE',
        retryable: true,
        status: 450,
      },
      {
        url: await at(/^DATA/i, '451 try later'),
        code: 'PLATFORM_UNAVAILABLE',
        retryable: true,
        status: 451,
      },
      {
        url: await at(/^\.$/, '554 looks like spam'),
        code: 'PLATFORM_REFUSED',
        retryable: false,
        status: 554,
      },
      { url: await at(/^\.$/, '452 disk full'), code: 'PLATFORM_UNAVAILABLE', retryable: true, status: 452 },
    ];
    for (const { url, ...expected } of cases) {
      await expect(mail(url).send(MESSAGE)).rejects.toMatchObject({ ...expected, sent: 'refused' });
    }
  });

  it('says "no" when the connection breaks before the text is asked for', async () => {
    for (const command of [/^MAIL/i, /^RCPT/i, /^DATA/i]) {
      const url = await smtp((line) => (command.test(line) ? null : polite(line)));
      await expect(mail(url).send(MESSAGE)).rejects.toMatchObject({ sent: 'no', retryable: true });
    }
  });

  it('says "maybe" when it breaks while the text is under way or after the final dot', async () => {
    const during = await smtp((line, inText) => (inText ? null : polite(line)));
    const after = await smtp((line) => (line === '.' ? null : polite(line)));
    for (const url of [during, after]) {
      await expect(mail(url).send(MESSAGE)).rejects.toMatchObject({
        code: 'PLATFORM_CONNECTION_LOST',
        sent: 'maybe',
        retryable: false,
      });
    }
  });

  it.each([
    ['an address with a line end', { to: ['a@example.com\r\nBcc: b@example.com'] }],
    ['two addresses in one', { to: ['a@example.com,b@example.com'] }],
    ['two addresses set apart by a semicolon', { to: ['a@example.com;b@example.com'] }],
    ['an address with a name', { to: ['Ann <a@example.com>'] }],
    ['an address with a space', { to: ['a b@example.com'] }],
    ['an address without a domain', { to: ['a@'] }],
    ['a trailing dot', { to: ['a@example.com.'] }],
    ['a host without a dot', { to: ['a@localhost'] }],
    ['400 characters', { to: [`${'a'.repeat(400)}@example.com`] }],
    ['nobody', { to: [] }],
    ['a subject that adds a header', { subject: 'Hello\r\nBcc: b@example.com' }],
    ['a subject with a bare line feed', { subject: 'Hello\nworld' }],
    ['a Message-ID that adds a header', { messageId: '<a@b>\r\nX: y' }],
    ['a Message-ID of no form', { messageId: 'abc' }],
  ])('refuses %s before anything is sent', async (_what, change) => {
    const lines: string[] = [];
    const url = await smtp((line) => {
      lines.push(line);
      return polite(line);
    });
    await expect(mail(url).send({ ...MESSAGE, ...change })).rejects.toMatchObject({
      code: 'PLATFORM_REFUSED',
      sent: 'no',
    });
    expect(lines).toEqual([]);
  });

  it('takes an international domain', async () => {
    const lines: string[] = [];
    const url = await smtp((line) => {
      lines.push(line);
      return polite(line);
    });
    await mail(url).send({ ...MESSAGE, to: ['konto@bücher.example'] });
    expect(lines.some((line) => /^RCPT TO:<konto@(bücher|xn--bcher-kva)\.example>/i.test(line))).toBe(true);
  });

  it('does not send without a proper sender', async () => {
    for (const from of ['', 'Accounts', 'a@example.com\r\nBcc: x@example.com']) {
      await expect(mail('smtp://127.0.0.1:9', from).send(MESSAGE)).rejects.toMatchObject({
        code: 'CONFIG_INCOMPLETE',
      });
    }
  });

  it('never shows the password', async () => {
    const url = await smtp((line) =>
      /^EHLO/i.test(line)
        ? '250-test\r\n250 AUTH PLAIN'
        : /^AUTH/i.test(line)
          ? '535 wrong pass-w0rd'
          : '250 ok',
    );
    const withLogin = url.replace('smtp://', 'smtp://user:pass-w0rd@');
    const error = await mail(withLogin)
      .send(MESSAGE)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'PLATFORM_FORBIDDEN', sent: 'no' });
    expect(String(error) + JSON.stringify(error)).not.toContain('pass-w0rd');
  });

  it('is off without an address', () => {
    expect(mailConfig(mailEnvironment.parse({}))).toBeNull();
    expect(mailEnvironment.safeParse({ SMTP_URL: 'http://example.com' }).success).toBe(false);
  });
});
