export * from './ids.ts';
export * from './day.ts';
export * from './money.ts';
export * from './errors.ts';
export * from './records.ts';
export * from './connector.ts';
