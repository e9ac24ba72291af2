const STARTS =
  `Alder Ash Barley Bay Beck Birch Black Bramble Briar Bright Broad Brook Bur Cedar Chal Clay Cliff Cold Copper
  Cran Dale Deep Drift East Elder Elm Fair Fern Flint Fox Gold Granite Green Grey Hart Haw Hazel Heather High Holly
  Iron Ivy Juniper Kest Lang Lark Linden Lock Marl Meadow Mill Moss North Oak Otter Pine Quarry Raven Red Ridge Rose
  Rowan Sand Sedge Silver Stone Sun Swan Thorn Tide Up Vale Wald West Whin White Wick Wild Willow Winter Wren`.split(
    /\s+/,
  );
const ENDINGS =
  `acre bank barn beck bourne bridge brook bury by cliff combe cote croft dale den end field fold ford garth gate
  grove ham hay hill holm hurst land leigh ley march mere moor mouth ness port rigg shaw side stead stoke stone thorpe
  ton vale view ward water way well wick wood worth`.split(/\s+/);
/** First words with accents, apostrophes and other scripts: what breaks careless matching, sorting and queries. */
const ACCENTED =
  `Åkerlund Ångström-Ny Bláhová Brûlé Čermák Dún-Óir Đurić Étoile Façade Fjällräv Ғалым Gölbaşı Grüßau Håkonsen
  Hölzer Ísafold Jalapeño Kārkliņš Кедровка Kraków-Sól Lefèvre Łąkowa Mañana Møllegård Müllheim Naïve Ñandú Nørrebro
  O'Bralan O'Corrigal D'Entremont Ó-Dubhlainn Öresund Παραλία Pâtissier Přerov Québecoise Réunion Řeka São-Brás Säntis
  Șoimul Søndervig Šumava Tëshi Tūrangi Ülgen Vänern Wąwóz Œuvre Ýmir Żabka-Las Żuraw Žitava 東雲 青波 서림`.split(
    /\s+/,
  );
const TRADES =
  `Aggregates,Agri Supplies,Air Conditioning,Archery,Architectural Glass,Auto Parts,Bakery,Basketry,Bathrooms,
  Bed & Breakfast,Bicycles,Boatbuilding,Bookbinding,Brewery,Brickworks,Building Services,Butchers,Cabinetmakers,
  Candles,Caravans,Carpets,Castings,Catering,Ceramics,Cheese,Chocolate,Civil Engineering,Cleaning,Clockmakers,
  Coach Hire,Cold Storage,Conservatories,Cooperage,Cutlery,Dairy,Demolition,Drainage,Driveways,Dry Cleaning,Electrical,
  Engineering,Events,Fabrication,Fasteners,Fencing,Fish & Seafood,Flooring,Florists,Footwear,Foundry,Freight,
  Furniture,Garden Centre,Gates & Railings,Glazing,Greengrocers,Groundworks,Haulage,Heating,Hospitality,Insulation,
  Interiors,Ironmongery,Joinery,Kitchens,Landscaping,Laundry,Leathergoods,Lighting,Logistics,Machine Tools,Marine,
  Masonry,Metalwork,Mouldings,Nurseries,Office Supplies,Optics,Orchards,Organics,Packaging,Paints,Paper,Pet Foods,
  Plant Hire,Plastering,Plumbing,Pottery,Poultry,Precision Tools,Printers,Pumps,Quarrying,Recycling,Refrigeration,
  Roofing,Saddlery,Scaffolding,Security,Shopfitters,Signs,Soap,Solar,Stationery,Stoneware,Surveying,Tea Merchants,
  Textiles,Tiles,Timber,Toys,Travel,Upholstery,Vending,Veterinary Supplies,Warehousing,Waste,Welding,Wholesale,
  Windows,Wines,Workwear`
    .split(',')
    .map((trade) => trade.trim());
const ENDS_BY_COUNTRY: Record<string, string[]> = {
  GB: ['Ltd', 'Ltd', 'Ltd', 'Limited', 'LLP', '& Sons', '& Daughters', 'Group plc', 'Co-operative'],
  IE: ['Ltd', 'Ltd', 'DAC', 'Teoranta', '& Sons', 'Group', 'Partners'],
  US: ['Inc.', 'Inc.', 'LLC', 'LLC', 'Co.', 'Corp.', '& Sons', 'Partners LP'],
};
const FIRST_NAMES =
  `Ada Amir Anouk Bao Bela Ciara Dara Edda Elio Femi Gwen Hana Idris Ines Jory Kai Lena Linus Mira Nadia Noor Oisin
  Odile Petra Quinn Rafi Rhea Saskia Suki Tariq Teo Una Vera Wren Yara Zeno`.split(/\s+/);
const LAST_NAMES =
  `Abernol Bexwith Calloran Drummel Eskridon Farrowin Gantley Hesketon Imbersal Jarrowby Kestwick Lorrimar Mandeville-Roe
  Netherway Oakspar Penhallo Quillfeather Rushmoor-Li Sandiver Tolworthy Umberlin Vantross Wexcombe Yarrowell Zellmark`.split(
    /\s+/,
  );
const BRANCHES =
  `Harbour,Airport,North,South,Riverside,Old Town,Station Road,Market Square,Parkside,West End`.split(',');

const ACCENTED_EVERY = 15;

/** How many different company names there are before the first repetition. */
export const NAME_COUNT = STARTS.length * ENDINGS.length * TRADES.length;

/**
 * The name of the nth customer of a company. Counting through the word lists with a stride that shares no factor
 * with their size visits every combination once, so that names are unique without remembering those given.
 */
export function companyName(index: number, offset: number, country: string): string {
  const endings = ENDS_BY_COUNTRY[country] ?? ['Ltd'];
  const accented = index % ACCENTED_EVERY === 4;
  const first = accented ? accentedFirst(index, offset) : plainFirst(index, offset);
  return `${first} ${tradeOf(index, offset)} ${at(endings, index * 11 + Math.floor(index / 3) + offset)}`;
}

/** The trade in the nth customer's name, e.g. 'Joinery'. */
export function tradeOf(index: number, offset: number): string {
  const accented = index % ACCENTED_EVERY === 4;
  const place = accented ? Math.floor(index / ACCENTED_EVERY) : index;
  return at(TRADES, place * 29 + offset);
}

/** The name of a parent's nth branch, as a customer of its own. */
export function branchName(parentName: string, nth: number, offset: number): string {
  return `${parentName} (${at(BRANCHES, nth * 3 + offset)})`;
}

/** A person to write to; the combinations are invented. */
export function personName(index: number, offset: number): string {
  return `${at(FIRST_NAMES, index * 5 + offset)} ${at(LAST_NAMES, index * 7 + offset)}`;
}

/** 'Møllegård Tiles Ltd' → 'mollegard-tiles-ltd-5'; a word in another script is left out, the index keeps it unique. */
export function domainLabel(name: string, index: number): string {
  const plain = name
    .toLowerCase()
    .replace(/[øłđßæœı]/g, (letter) => WITHOUT_ACCENT[letter] ?? '')
    .normalize('NFD')
    .replace(/[^a-z0-9 -]/g, '');
  const words = plain.split(/[ -]+/).filter((word) => word !== '');
  return [...words.slice(0, 3), String(index + 1)].join('-');
}

/** Letters that do not decompose into a plain one and an accent. */
const WITHOUT_ACCENT: Record<string, string> = { ø: 'o', ł: 'l', đ: 'd', ß: 'ss', æ: 'ae', œ: 'oe', ı: 'i' };

/** Every trade is walked through before the first word changes, so (first, trade) pairs do not repeat. */
function plainFirst(index: number, offset: number): string {
  const count = STARTS.length * ENDINGS.length;
  const word = (Math.floor(index / TRADES.length) + index * 1009 + offset * 31) % count;
  return at(STARTS, Math.floor(word / ENDINGS.length)) + at(ENDINGS, word);
}

function accentedFirst(index: number, offset: number): string {
  const place = Math.floor(index / ACCENTED_EVERY);
  return at(ACCENTED, place + Math.floor(place / (ACCENTED.length * TRADES.length)) + offset);
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[((index % list.length) + list.length) % list.length];
  if (found === undefined) throw new Error('empty word list');
  return found;
}
