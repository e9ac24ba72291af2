import Table from 'cli-table3';
import { paint, plain } from './style.ts';

export interface Column {
  head: string;
  align?: 'left' | 'right';
  /** Longest cell in characters; what is longer is cut and marked. */
  maximum?: number;
}

const NONE = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '' };
const FRAME = {
  ...NONE,
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Rows under a bold heading, columns two spaces apart, numbers to the right. Cells are made safe for a terminal. */
export function renderTable(columns: Column[], rows: string[][]): string {
  const table = new Table({
    head: columns.map((column) => paint('bold', column.head)),
    chars: FRAME,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: columns.map((column) => column.align ?? 'left'),
  });
  for (const row of rows) table.push(columns.map((column, index) => cell(row[index] ?? '', column)));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function cell(text: string, { maximum = 60 }: Column): string {
  const safe = plain(text);
  return safe.length <= maximum ? safe : `${safe.slice(0, maximum - 1)}…`;
}
