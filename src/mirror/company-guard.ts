import { HoldfastError, type CompanyId, type PlatformSession } from '../domain/index.ts';

/**
 * A session that refuses to describe another company than the one that it was opened for: a token or an address that
 * was mixed up must never bring one company's rows into another's mirror. Throws COMPANY_CHANGED.
 */
export function guardCompany(session: PlatformSession, company: CompanyId): PlatformSession {
  const readOrganisation: PlatformSession['readOrganisation'] = async (known) => {
    const organisation = await session.readOrganisation(known && { ...known, companyId: company });
    if (organisation.companyId === company) return organisation;
    throw companyChanged(`The platform answers for another company, ${organisation.name}.`);
  };
  return new Proxy(session, {
    get(target, name) {
      if (name === 'readOrganisation') return readOrganisation;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

/** This is not the company that the connection was made for. */
export function companyChanged(message: string): HoldfastError {
  return new HoldfastError('COMPANY_CHANGED', message, {
    kind: 'state',
    hint: 'This is another company. Connect it as a new one.',
  });
}
