import { startEmulator } from '../../emulator/index.ts';
import { demoBooks } from '../../emulator/world/demo-books.ts';
import { SystemClock, createLog } from '../../src/lib/index.ts';
import { createConnectors } from '../../connectors/registry.ts';
import { xeroConfig, xeroEnvironment } from '../../connectors/xero/config.ts';
import { quickbooksConfig, quickbooksEnvironment } from '../../connectors/quickbooks/config.ts';
const emu = await startEmulator({ nowMs: Date.parse('2026-03-11T10:00:00Z'), ...demoBooks(7, 'small') });
const env = emu.env();
const clock = new SystemClock(Number(env['HOLDFAST_CLOCK_OFFSET_MS']));
const c = createConnectors({ xero: xeroConfig(xeroEnvironment.parse(env)), quickbooks: quickbooksConfig(quickbooksEnvironment.parse(env)), mail: null }, { clock, log: createLog('debug') });
for (const conn of [c.xero!, c.quickbooks!]) {
  const pending = await conn.authorizer.begin('http://127.0.0.1:9/callback');
  const r = await fetch(pending.url, { redirect: 'manual' });
  const grant = await conn.authorizer.complete(pending, r.headers.get('location')!);
  console.log(conn.platform, grant.companies);
  let tokens = grant.tokens;
  tokens = await conn.authorizer.refresh(tokens);
  const s = conn.open({ companyId: grant.companies[0]!.companyId, accessToken: async () => tokens.accessToken, nowMs: () => clock.nowMs() });
  console.log(await s.readOrganisation());
  let someCustomer: any, someInvoice: any;
  for (const stream of s.streams('full')) {
    for await (const p of s.pull({ stream, cursor: null, nowMs: clock.nowMs() })) {
      console.log(stream, p.customers.length, p.invoices.length, p.credits.length, p.payments.length, 'q', p.quarantined.length, p.quarantined[0], p.cursor, p.totalRows);
      someCustomer ??= p.customers[0]; someInvoice ??= p.invoices.find((i) => i.status === 'open');
    }
  }
  console.log(someCustomer, someInvoice);
  const t0 = performance.now();
  console.log(await s.readForPreflight(someCustomer.remoteId, [someInvoice.remoteId]));
  await s.placeHold(someCustomer.remoteId, { id: 'h1', reason: 'over [limit]', day: '2026-03-11' as any });
  console.log(await s.readHold(someCustomer.remoteId), await s.listHeld());
  await s.placeHold(someCustomer.remoteId, { id: 'h1', reason: 'over [limit]', day: '2026-03-11' as any });
  await s.releaseHold(someCustomer.remoteId);
  console.log(await s.readHold(someCustomer.remoteId), await s.listHeld());
  if (s.capabilities.history) { await s.addNote(someCustomer.remoteId, { id: 'n1', text: 'Held' }); console.log(await s.findNote(someCustomer.remoteId, 'n1'), await s.findNote(someCustomer.remoteId, 'n2')); }
  const at = clock.nowMs();
  console.log(await s.findSend(someInvoice.remoteId, at));
  await s.sendInvoice(someInvoice.remoteId, 'key-1');
  console.log(await s.findSend(someInvoice.remoteId, at), await s.onlineInvoiceUrl(someInvoice.remoteId), await s.readRates(['EUR', 'XXX'], '2026-03-11' as any));
  console.log('calls', s.calls(), Math.round(performance.now() - t0));
  await conn.authorizer.revoke(tokens, grant.companies[0]!.companyId, true);
  await conn.authorizer.refresh(tokens).catch((e) => console.log(e.code, e.message));
}
await emu.close();
