import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** Loads modules in a process of its own and returns the packages that came along. */
function packagesOf(code: string): string[] {
  const script = `
    import { registerHooks } from 'node:module';
    const seen = new Set();
    registerHooks({ load(url, context, next) {
      const name = /node_modules\\/((?:@[^/]+\\/)?[^/]+)\\//.exec(url)?.[1];
      if (name) seen.add(name);
      return next(url, context);
    } });
    ${code}
    console.log(JSON.stringify([...seen]));`;
  const done = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(done.stderr).toBe('');
  return JSON.parse(done.stdout) as string[];
}

describe('loading', () => {
  it('brings no SDK, OAuth client or mailer along with the registry', () => {
    const loaded = packagesOf(`
      const { createConnectors } = await import('./connectors/registry.ts');
      const { xeroEnvironment, xeroConfig } = await import('./connectors/xero/config.ts');
      const config = { xero: xeroConfig(xeroEnvironment.parse({ XERO_CLIENT_ID: 'id' })), quickbooks: null, mail: null };
      createConnectors(config, { clock: null, log: null }).xero.open({ companyId: 'c' });`);
    expect(loaded).toContain('zod');
    const heavy = ['xero-node', 'node-quickbooks', 'axios', 'openid-client', 'nodemailer', 'bluebird'];
    expect(loaded.filter((name) => heavy.includes(name))).toEqual([]);
  });

  it('would notice an SDK: loading one is seen', () => {
    expect(packagesOf(`await import('node-quickbooks');`)).toContain('axios');
  });
});
