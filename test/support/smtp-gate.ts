import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/**
 * A mail server's front door that can fail at a chosen command: it passes everything on to the server behind it, until
 * a client says what it was told to cut at. Then the connection dies before the command has reached anybody.
 */
export interface SmtpGate {
  url: string;
  /** Leads to this server ('smtp://…'). */
  behind(url: string): void;
  /** Cuts from now on when a client says this, e.g. /^RCPT/i; null passes everything. */
  cutAt(command: RegExp | null): void;
  /** From now on clients are taken in and never answered. */
  fallSilent(isSilent: boolean): void;
  /** How many clients came. */
  clients(): number;
  close(): Promise<void>;
}

export async function startSmtpGate(): Promise<SmtpGate> {
  const open = new Set<Socket>();
  const set = { target: '', cut: null as RegExp | null, silent: false, clients: 0 };
  const server = createServer((client) => {
    set.clients += 1;
    keep(open, client);
    if (set.silent) return;
    const { hostname, port } = new URL(set.target);
    const inside = connect(Number(port), hostname);
    keep(open, inside);
    inside.pipe(client);
    client.on('data', (chunk: Buffer) => {
      const cut = set.cut?.test(chunk.toString('latin1')) === true;
      if (!cut) return void inside.write(chunk);
      client.destroy();
      inside.destroy();
    });
    client.on('close', () => inside.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    behind: (url) => void (set.target = url),
    cutAt: (command) => void (set.cut = command),
    fallSilent: (isSilent) => void (set.silent = isSilent),
    clients: () => set.clients,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

function keep(open: Set<Socket>, socket: Socket): void {
  open.add(socket);
  socket.on('error', () => undefined);
  socket.on('close', () => open.delete(socket));
}
