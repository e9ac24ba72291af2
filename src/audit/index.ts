export { appendAudit, readAudit, verifyAudit, type AuditEntry, type AuditRow } from './store.ts';
