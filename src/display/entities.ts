/** HTML's names for U+00A0 to U+00FF, in order. */
const LATIN_1 =
  "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";

/** HTML's names for U+0391 to U+03A9 and U+03B1 to U+03C9, in order: a gap where Greek has none. */
const GREEK =
  "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho - sigma tau upsilon phi chi psi omega";

const OTHERS: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  ndash: "–",
  mdash: "—",
  lsquo: "‘",
  rsquo: "’",
  sbquo: "‚",
  ldquo: "“",
  rdquo: "”",
  bdquo: "„",
  bull: "•",
  hellip: "…",
  prime: "′",
  Prime: "″",
  dagger: "†",
  Dagger: "‡",
  permil: "‰",
  lsaquo: "‹",
  rsaquo: "›",
  euro: "€",
  trade: "™",
  larr: "←",
  uarr: "↑",
  rarr: "→",
  darr: "↓",
  harr: "↔",
  rArr: "⇒",
  hArr: "⇔",
  forall: "∀",
  part: "∂",
  exist: "∃",
  empty: "∅",
  isin: "∈",
  prod: "∏",
  sum: "∑",
  minus: "−",
  radic: "√",
  infin: "∞",
  cap: "∩",
  cup: "∪",
  int: "∫",
  asymp: "≈",
  ne: "≠",
  equiv: "≡",
  le: "≤",
  ge: "≥",
  check: "✓",
  cross: "✗",
  ensp: "\u2002",
  emsp: "\u2003",
  thinsp: "\u2009",
  zwnj: "\u200c",
  zwj: "\u200d",
  OElig: "Œ",
  oelig: "œ",
  Scaron: "Š",
  scaron: "š",
  sigmaf: "ς",
};

const capital = (name: string): string => name[0]!.toUpperCase() + name.slice(1);

const NAMED: ReadonlyMap<string, string> = new Map([
  ...Object.entries(OTHERS),
  ...LATIN_1.split(" ").map((name, i): [string, string] => [name, String.fromCharCode(0xa0 + i)]),
  ...GREEK.split(" ").flatMap((name, i): [string, string][] => [
    [name, String.fromCharCode(0x3b1 + i)],
    [capital(name), String.fromCharCode(0x391 + i)],
  ]),
]);

/** What `&#…;` stands for; what is no character becomes the sign for that, as in a browser. */
function numbered(code: number): string {
  return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : "\ufffd";
}

/** Text of HTML with its character references (`&lt;`, `&#8364;`, `&#x20ac;`) replaced by what they stand for; one of an unknown name stays as written. */
export function decodeEntities(text: string): string {
  return text.replaceAll(/&(?:#[xX]([\da-fA-F]{1,8})|#(\d{1,8})|([a-zA-Z][a-zA-Z\d]{1,7}));/g, (whole, hex, digits, name) =>
    hex !== undefined
      ? numbered(Number.parseInt(hex as string, 16))
      : digits !== undefined
        ? numbered(Number(digits))
        : (NAMED.get(name as string) ?? whole),
  );
}
