import type { Reply } from '../core/http.ts';
import { json, text } from '../core/http.ts';
import { guid } from './ids.ts';
import type { Json } from './native.ts';

/** The block that paged lists carry. */
export interface Pagination {
  page: number;
  pageSize: number;
  pageCount: number;
  itemCount: number;
}

/** A list as Xero wraps it; `items` are JSON texts that are joined as they are. */
export function listReply(name: string, items: string[], nowMs: number, pagination?: Pagination): Reply {
  const head = JSON.stringify({
    Id: guid('reply', String(nowMs), name, String(items.length)),
    Status: 'OK',
    ProviderName: 'Holdfast emulator',
    DateTimeUTC: `/Date(${String(nowMs)})/`,
    ...(pagination ? { pagination } : {}),
  });
  return json(200, `${head.slice(0, -1)},"${name}":[${items.join(',')}]}`);
}

/** The same for objects. */
export function objectsReply(name: string, items: Json[], nowMs: number): Reply {
  return listReply(
    name,
    items.map((item) => JSON.stringify(item)),
    nowMs,
  );
}

/** 400 ValidationException with the texts beside the element that they are about. */
export function validationError(messages: string[], element: Json = {}): Reply {
  const failed = {
    ...element,
    HasValidationErrors: true,
    ValidationErrors: messages.map((message) => ({ Message: message })),
  };
  return errorReply(10, 'ValidationException', 'A validation exception occurred', [failed]);
}

/** A 400 in Xero's form. */
export function errorReply(errorNumber: number, type: string, message: string, elements?: Json[]): Reply {
  return json(400, {
    ErrorNumber: errorNumber,
    Type: type,
    Message: message,
    ...(elements ? { Elements: elements } : {}),
  });
}

/** 401 or 403 as the API's gate words it. */
export function refused(status: 401 | 403, detail: string): Reply {
  return json(status, {
    Type: null,
    Title: status === 401 ? 'Unauthorized' : 'Forbidden',
    Status: status,
    Detail: detail,
    Instance: guid('instance', detail),
    Extensions: {},
  });
}

/** 404 for records and paths alike. */
export function notFound(): Reply {
  return text(404, "The resource you're looking for cannot be found", 'text/html');
}
