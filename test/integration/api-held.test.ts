import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HeldDocument } from '../../src/desk/index.ts';
import { jsonOf, makeKey, openApi, type ApiClient } from '../support/api-client.ts';
import { bill, smallBook } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let api: ApiClient;

beforeAll(async () => {
  world = await startWorld({
    xero: [smallBook('Oak', [{ name: '=Alder', bills: [bill('A1', 60, 900_00)] }])],
    quickbooks: [smallBook('Elm', [{ name: 'Birch', bills: [bill('B1', 60, 700_00)] }])],
  });
  for (const id of world.ids) await world.night(id);
  api = await openApi(world.app);
});
afterAll(async () => {
  await api.close();
  await world.close();
});

describe('GET /api/v1/held', () => {
  it('lists who is held in all companies, or in one', async () => {
    const reply = await api.get('/api/v1/held.json');
    expect(reply.status).toBe(200);
    const { companies, held } = jsonOf<HeldDocument>(reply);
    expect(companies.map(({ id }) => id)).toEqual(['xero-1', 'quickbooks-1']);
    expect(held.map(({ customer, standing, onPlatform }) => [customer.name, standing, onPlatform])).toEqual([
      ['=Alder', 'hold', true],
      ['Birch', 'hold', true],
    ]);
    const one = jsonOf<HeldDocument>(await api.get('/api/v1/held?connection=quickbooks-1'));
    expect(one.held.map(({ customer }) => customer.name)).toEqual(['Birch']);
    expect((await api.get('/api/v1/held?connection=xero-9')).status).toBe(404);
  });

  it('says with 304 that nothing changed', async () => {
    const { headers } = await api.get('/api/v1/held.csv');
    expect(headers['content-type']).toBe('text/csv; charset=utf-8');
    const again = await api.get('/api/v1/held.csv', { 'if-none-match': headers.etag ?? '' });
    expect(again.status).toBe(304);
    expect(again.body).toHaveLength(0);
    expect((await api.get('/api/v1/held.csv', { 'if-none-match': '"another"' })).status).toBe(200);
  });

  it('guards its CSV against formulas', async () => {
    const [, row] = (await api.get('/api/v1/held.csv')).body.toString().split('\n');
    expect(row).toMatch(/^xero-1,[^,]+,,'=Alder,hold,2026-03-11,overdue,/);
  });

  it('is not for a key that may only check orders', async () => {
    const key = await makeKey(world.app, ['credit-check']);
    for (const path of ['/api/v1/held', '/api/v1/held.json', '/api/v1/held.csv'])
      expect((await api.get(path, { authorization: `Bearer ${key}` })).status).toBe(403);
  });
});
