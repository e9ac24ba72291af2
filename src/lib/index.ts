export * from './assert.ts';
export * from './at-once.ts';
export * from './clock.ts';
export * from './code-cache.ts';
export * from './crypto.ts';
export * from './html.ts';
export * from './log.ts';
export * from './product-version.ts';
