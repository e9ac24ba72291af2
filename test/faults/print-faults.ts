import { ALL_FAULTS, readFaultTests, REQUIRED_FAULTS, type FaultTest } from './fault-titles.ts';

/** `npm run faults`: which faults of the catalogue have a test. Ends with 1 when a required one has none. */
function printFaults(all: boolean): number {
  const tests = readFaultTests();
  const numbers = all ? ALL_FAULTS : REQUIRED_FAULTS;
  for (const number of numbers) {
    const mine = tests.filter((test) => test.fault === number);
    if (mine.length > 0 || REQUIRED_FAULTS.includes(number)) console.log(lineOf(number, mine));
  }
  const missing = REQUIRED_FAULTS.filter((number) => !tests.some((test) => test.fault === number));
  console.log(
    missing.length === 0
      ? `\nall ${REQUIRED_FAULTS.length} required faults have a test`
      : `\nwithout a test: ${missing.join(', ')}`,
  );
  return missing.length === 0 ? 0 : 1;
}

function lineOf(number: number, tests: FaultTest[]): string {
  const files = [...new Set(tests.map((test) => test.place.replace(/:\d+$/, '')))];
  const count = tests.length === 0 ? 'NONE' : `${tests.length} test${tests.length === 1 ? '' : 's'}`;
  return `fault ${String(number).padStart(2)}  ${count.padEnd(8)}  ${files.join(', ')}`.trimEnd();
}

process.exitCode = printFaults(process.argv.includes('--all'));
