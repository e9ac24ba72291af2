/** 'fault': something does not work; 'warning': it soon may not, or may surprise; 'info': how things are. */
export type Severity = 'ok' | 'info' | 'warning' | 'fault';

/** One thing that doctor looked at. */
export interface Finding {
  /** machine · configuration · database · policy · order desk · mail · connection ID */
  area: string;
  severity: Severity;
  text: string;
  /** What to do about it; null when nothing needs doing. */
  advice: string | null;
}

/** Findings of one area. */
export function findingsOf(area: string): Record<Severity, (text: string, advice?: string) => Finding> {
  const make =
    (severity: Severity) =>
    (text: string, advice?: string): Finding => ({ area, severity, text, advice: advice ?? null });
  return { ok: make('ok'), info: make('info'), warning: make('warning'), fault: make('fault') };
}
