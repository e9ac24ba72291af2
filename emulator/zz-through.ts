import { startEmulator } from '/work/main/emulator/index.ts';
import { chosenWorld } from '/work/main/emulator/worlds.ts';
const size = process.argv[2] as 'small';
const t0 = performance.now();
const world = chosenWorld({ seed: 7, size, zone: 'Europe/London', demo: true });
const e = await startEmulator({ ...world, xero: world.xero.slice(0, 1), quickbooks: [], servers: ['xero'], limits: 'off', stateFile: process.argv[3] ?? ':memory:' });
console.log('load ms', Math.round(performance.now() - t0), 'rss MB', Math.round(process.memoryUsage().rss / 1e6), 'max', Math.round(process.resourceUsage().maxRSS / 1e3));
const tok = await (await fetch(e.xeroUrl + '/connect/token', { method: 'POST', headers: { authorization: 'Basic ' + Buffer.from('holdfast-emulator:holdfast-emulator-secret').toString('base64') }, body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'accounting.contacts accounting.invoices accounting.payments.read' }) })).json() as { access_token: string };
const get = async (path: string) => { const r = await fetch(e.xeroUrl + '/api.xro/2.0/' + path, { headers: { authorization: 'Bearer ' + tok.access_token, accept: 'application/json' } }); return r.text(); };
for (const base of ['Invoices?pageSize=1000', 'Invoices?pageSize=1000&where=Type%3D%3D%22ACCREC%22%20AND%20Status%3D%3D%22AUTHORISED%22', 'Contacts?pageSize=1000', 'Payments?pageSize=1000']) {
  const first = JSON.parse(await get(base + '&page=1')) as { pagination: { pageCount: number; itemCount: number } };
  const n = Math.min(60, first.pagination.pageCount);
  const c0 = process.cpuUsage(), t = performance.now(); let bytes = 0;
  for (let i = 1; i <= n; i++) bytes += (await get(`${base}&page=${Math.max(1, first.pagination.pageCount - i + 1)}`)).length;
  const c = process.cpuUsage(c0);
  console.log(base.slice(0, 60), first.pagination, 'ms/page', ((performance.now() - t) / n).toFixed(1), 'cpu ms/page', ((c.user + c.system) / 1000 / n).toFixed(1), 'KB/page', Math.round(bytes / n / 1000));
}
await e.close();
