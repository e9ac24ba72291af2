/** One error inside a Fault. `element` names the field, when one is to blame. */
export interface FaultError {
  message: string;
  detail: string;
  code: string;
  element?: string;
}

/** A refusal in QuickBooks' own words; handlers throw it, the server turns it into a reply. */
export class QuickBooksFault extends Error {
  readonly status: number;
  readonly type: string;
  readonly error: FaultError;

  constructor(status: number, type: string, error: FaultError) {
    super(`${error.code} ${error.message}: ${error.detail}`);
    this.name = 'QuickBooksFault';
    this.status = status;
    this.type = type;
    this.error = error;
  }
}

function validation(code: string, message: string, detail: string, element?: string): QuickBooksFault {
  const error = { message, detail, code, ...(element === undefined ? {} : { element }) };
  return new QuickBooksFault(400, 'ValidationFault', error);
}

/** 4000: the statement does not parse. `at` is the column. */
export function parseError(found: string, at: number): QuickBooksFault {
  const detail = `QueryParserError: Encountered " "${found}" "" at line 1, column ${String(at)}.`;
  return validation('4000', 'Error parsing query', detail);
}

/** 4001: the statement parses, but asks for what is not there. */
export function invalidQuery(what: string): QuickBooksFault {
  return validation('4001', 'Invalid query', `QueryValidationError: ${what}`);
}

/** 5010: the record was changed since its SyncToken was read. */
export function staleObject(): QuickBooksFault {
  const detail =
    'Stale Object Error : You and the emulator were working on this at the same time. ' +
    'The emulator finished before you did, so your work was not saved.';
  return validation('5010', 'Stale Object Error', detail);
}

/** 6240: names are unique over customers, vendors and employees. */
export function duplicateName(): QuickBooksFault {
  const detail =
    'The name supplied already exists. : Another $$customer$$ is already using this name. ' +
    'Please use a different name.';
  return validation('6240', 'Duplicate Name Exists Error', detail, '');
}

/** 610: no such record, or it was deleted. */
export function notFound(what: string): QuickBooksFault {
  const detail = `Object Not Found : Something you're trying to use has been made inactive. ${what}`;
  return validation('610', 'Object Not Found', detail);
}

/** 2020: a field that is needed is missing. */
export function missing(element: string): QuickBooksFault {
  const detail = `Required parameter ${element} is missing in the request`;
  return validation(
    '2020',
    'Required param missing, need to supply the required value for the API',
    detail,
    element,
  );
}

/** 2050: text longer than its field. */
export function tooLong(element: string, max: number): QuickBooksFault {
  const detail = `String length is either shorter or longer than supported by specification. Max:${String(max)}`;
  return validation('2050', 'String too long', detail, element);
}

/** 6000: a rule of bookkeeping forbids it. */
export function businessRule(detail: string): QuickBooksFault {
  return validation('6000', 'A business validation error has occurred while processing your request', detail);
}

/** 2010 and its kin: a body or parameter that cannot be read. */
export function unreadable(detail: string, element?: string): QuickBooksFault {
  return validation('2010', 'Request has invalid or unsupported property', detail, element);
}

/** 500: an operation that the entity does not have. */
export function unsupported(what: string): QuickBooksFault {
  const error = {
    message: 'Unsupported Operation',
    detail: `Operation ${what} is not supported.`,
    code: '500',
  };
  return new QuickBooksFault(400, 'ValidationFault', error);
}

/** Shape 1: `{Fault: {Error: […], type}, time}`. */
export function faultJson(fault: QuickBooksFault, time: string): string {
  const { message, detail, code, element } = fault.error;
  const error = { Message: message, Detail: detail, code, ...(element === undefined ? {} : { element }) };
  return JSON.stringify({ Fault: { Error: [error], type: fault.type }, time });
}

/** Shape 2, from the gateway: lower case, epoch ms, and every field there is as null. */
export function gatewayJson(error: FaultError, type: string, timeMs: number): string {
  const { message, detail, code } = error;
  return JSON.stringify({
    warnings: null,
    intuitObject: null,
    fault: { error: [{ message, detail, code, element: null }], type },
    report: null,
    queryResponse: null,
    batchItemResponse: [],
    attachableResponse: [],
    syncErrorResponse: null,
    requestId: null,
    time: timeMs,
    status: null,
    cdcresponse: [],
  });
}

/** Shape 3: XML, though JSON was asked for. */
export function faultXml(error: FaultError, type: string, time: string): string {
  return (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>' +
    `<IntuitResponse time="${time}" xmlns="http://schema.intuit.com/finance/v3"><Fault type="${type}">` +
    `<Error code="${error.code}"><Message>${error.message}</Message><Detail>${error.detail}</Detail></Error>` +
    '</Fault></IntuitResponse>'
  );
}

/** 401, code 3200: bad or expired token. */
export const authenticationFailed: FaultError = {
  message: 'message=AuthenticationFailed; errorCode=003200; statusCode=401',
  detail: 'Token expired or invalid',
  code: '3200',
};

/** 403, code 3100: the token is not for this company. */
export const authorizationFailed: FaultError = {
  message: 'message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403',
  detail: 'The application is not authorised for this company',
  code: '3100',
};

/** 429, code 3001: too many requests. */
export const throttled: FaultError = {
  message: 'message=ThrottleExceeded; errorCode=003001; statusCode=429',
  detail: 'The request limit was reached. Please try again later.',
  code: '3001',
};
