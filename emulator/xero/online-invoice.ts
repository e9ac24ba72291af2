import { text } from '../core/http.ts';
import type { EmulatorRequest, Reply, Route } from '../core/http.ts';
import { dayOf } from './dates.ts';
import type { XeroInvoice } from './native.ts';
import type { Organisations } from './organisation.ts';

/** The page that a debtor sees behind OnlineInvoiceUrl: number, due date and what is due. */
export function onlineInvoiceRoute(organisations: Organisations): Route {
  return {
    method: 'GET',
    pattern: '/online/:tenant/:id',
    handler: (request) => page(organisations, request),
  };
}

function page(organisations: Organisations, request: EmulatorRequest): Reply {
  const store = organisations.find(request.params['tenant'] ?? '')?.store;
  const invoice = store?.read<XeroInvoice>('Invoices', request.params['id'] ?? '');
  if (!store || !invoice) return text(404, 'No such invoice');
  const lines = [
    store.served.company.name,
    `Invoice ${invoice.InvoiceNumber} of ${dayOf(invoice.Date) ?? ''}, due ${dayOf(invoice.DueDate) ?? ''}`,
    `Amount due: ${invoice.CurrencyCode} ${String(invoice.AmountDue)} of ${String(invoice.Total)} (${invoice.Status})`,
  ];
  return text(200, lines.join('\n'));
}
