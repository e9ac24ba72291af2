import { describe, expect, it } from 'vitest';
import { findDebtor } from '../../src/desk/find-debtor.ts';
import { connect } from '../support/fake-platform.ts';
import { customerRecord, writePage } from '../support/mirror-records.ts';
import { tempStore } from '../support/temp-store.ts';

/** A company with these customers, and the door that finds one of them. */
async function companyWith(customers: ReturnType<typeof customerRecord>[]) {
  const store = tempStore();
  const connection = await connect(store);
  await writePage(store, connection.id, { customers });
  return (asked: string) => findDebtor(store.reader, connection, asked);
}

describe('finding who orders', () => {
  it('goes by id, then by account number, then by name, then by main e-mail address', async () => {
    const find = await companyWith([
      customerRecord('c1', {
        name: 'c2',
        accountNumber: 'A-1',
        emails: ['Shop@Oak.example', 'b@oak.example'],
      }),
      customerRecord('c2', { name: 'A-1' }),
    ]);
    expect(await find('c1')).toEqual({ id: 'c1', mergedFrom: null });
    expect((await find('xero-1:c1')).id).toBe('c1');
    expect((await find('c2')).id).toBe('c2');
    expect((await find('A-1')).id).toBe('c1');
    expect((await find('shop@oak.EXAMPLE')).id).toBe('c1');
    await expect(find('b@oak.example')).rejects.toMatchObject({ code: 'CUSTOMER_UNKNOWN' });
    await expect(find('xero-2:c1')).rejects.toMatchObject({ code: 'CUSTOMER_UNKNOWN' });
  });

  it('takes a name in any case, and the one that is the same to the letter before others', async () => {
    const find = await companyWith([
      customerRecord('c1', { name: 'OAK LTD' }),
      customerRecord('c2', { name: 'Oak Ltd' }),
      customerRecord('c3', { name: 'Birch Ltd' }),
    ]);
    expect((await find('birch ltd')).id).toBe('c3');
    expect((await find('Oak Ltd')).id).toBe('c2');
    await expect(find('oak ltd')).rejects.toMatchObject({
      code: 'CUSTOMER_UNCLEAR',
      message: expect.stringMatching(/c1, c2|c2, c1/) as string,
    });
  });

  it('answers for the one that a merged customer lives on in, and says so', async () => {
    const find = await companyWith([
      customerRecord('old', { name: 'Oak', status: 'merged', mergedInto: 'older' }),
      customerRecord('older', { name: 'Oak & Sons', status: 'merged', mergedInto: 'c1' }),
      customerRecord('c1', { name: 'Oak Ltd' }),
      customerRecord('loop', { name: 'Round', status: 'merged', mergedInto: 'loop' }),
    ]);
    expect(await find('Oak')).toEqual({ id: 'c1', mergedFrom: 'Oak' });
    expect(await find('Oak Ltd')).toEqual({ id: 'c1', mergedFrom: null });
    await expect(find('Round')).rejects.toMatchObject({ code: 'CUSTOMER_UNKNOWN' });
  });

  it('finds no deleted customer, and says how to ask', async () => {
    const find = await companyWith([customerRecord('c1', { name: 'Oak', status: 'deleted' })]);
    for (const asked of ['c1', 'Oak'])
      await expect(find(asked)).rejects.toMatchObject({
        code: 'CUSTOMER_UNKNOWN',
        hint: expect.stringContaining('e-mail') as string,
      });
  });

  it('asks an index, so that a large company takes no longer', async () => {
    const store = tempStore();
    const plans = await store.writeBulk((db) =>
      [
        `remote_id = 'x'`,
        `status != 'deleted' AND account_number = 'x'`,
        `status != 'deleted' AND name = 'x' COLLATE NOCASE`,
        `status != 'deleted' AND lower(json_extract(emails, '$[0]')) = 'x'`,
      ].map((where) =>
        db
          .prepare(`EXPLAIN QUERY PLAN SELECT name FROM customer WHERE connection_id = 'c' AND ${where}`)
          .all(),
      ),
    );
    for (const plan of plans)
      expect(JSON.stringify(plan)).toMatch(/SEARCH customer USING INDEX \w+ \(connection_id=\? AND /);
  });
});
