import { IANAZone } from 'luxon';

/** Zones of countries with one zone, or with one where most companies are. */
const BY_COUNTRY: Readonly<Record<string, string>> = {
  US: 'America/New_York',
  CA: 'America/Toronto',
  GB: 'Europe/London',
  IE: 'Europe/Dublin',
  AU: 'Australia/Sydney',
  NZ: 'Pacific/Auckland',
  ZA: 'Africa/Johannesburg',
  IN: 'Asia/Kolkata',
  SG: 'Asia/Singapore',
  HK: 'Asia/Hong_Kong',
  MY: 'Asia/Kuala_Lumpur',
  PH: 'Asia/Manila',
  AE: 'Asia/Dubai',
  SA: 'Asia/Riyadh',
  KE: 'Africa/Nairobi',
  NG: 'Africa/Lagos',
  FR: 'Europe/Paris',
  DE: 'Europe/Berlin',
  ES: 'Europe/Madrid',
  IT: 'Europe/Rome',
  NL: 'Europe/Amsterdam',
  BE: 'Europe/Brussels',
  CH: 'Europe/Zurich',
  SE: 'Europe/Stockholm',
  NO: 'Europe/Oslo',
  DK: 'Europe/Copenhagen',
  JP: 'Asia/Tokyo',
  MX: 'America/Mexico_City',
  BR: 'America/Sao_Paulo',
};

/** States and provinces that keep another time than their country's entry above. */
const BY_STATE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  US: {
    ...spread('America/Los_Angeles', 'CA WA OR NV'),
    ...spread('America/Denver', 'MT ID WY UT CO NM'),
    ...spread('America/Chicago', 'ND SD NE KS OK TX MN IA MO AR LA WI IL TN MS AL'),
    AZ: 'America/Phoenix',
    AK: 'America/Anchorage',
    HI: 'Pacific/Honolulu',
  },
  CA: {
    BC: 'America/Vancouver',
    ...spread('America/Edmonton', 'AB NT'),
    SK: 'America/Regina',
    MB: 'America/Winnipeg',
    ...spread('America/Halifax', 'NS NB PE'),
    NL: 'America/St_Johns',
    YT: 'America/Whitehorse',
  },
  AU: {
    QLD: 'Australia/Brisbane',
    SA: 'Australia/Adelaide',
    NT: 'Australia/Darwin',
    WA: 'Australia/Perth',
    TAS: 'Australia/Hobart',
  },
};

/**
 * The company's zone. QuickBooks has one but recorded replies do not show it: DefaultTimeZone when it is there,
 * else by state and country of the company's address, else UTC.
 */
export function companyZone(stated: string, country: string, state: string): string {
  if (stated !== '' && IANAZone.isValidZone(stated)) return stated;
  return BY_STATE[country]?.[state.trim().toUpperCase()] ?? BY_COUNTRY[country] ?? 'UTC';
}

function spread(zone: string, states: string): Record<string, string> {
  return Object.fromEntries(states.split(' ').map((state) => [state, zone]));
}
