export {
  appendAudit,
  appendAudits,
  readAudit,
  verifyAudit,
  type AuditEntry,
  type AuditRow,
} from './store.ts';
export { SeenHead } from './seen-head.ts';
