/** The CSS3 colour names in use (RFC 7986 section 5.9 allows only names), with their hexadecimal form. */
const PALETTE = {
  crimson: '#dc143c',
  red: '#ff0000',
  tomato: '#ff6347',
  darkorange: '#ff8c00',
  orange: '#ffa500',
  gold: '#ffd700',
  olive: '#808000',
  limegreen: '#32cd32',
  seagreen: '#2e8b57',
  teal: '#008080',
  turquoise: '#40e0d0',
  deepskyblue: '#00bfff',
  dodgerblue: '#1e90ff',
  royalblue: '#4169e1',
  navy: '#000080',
  slateblue: '#6a5acd',
  mediumpurple: '#9370db',
  purple: '#800080',
  orchid: '#da70d6',
  hotpink: '#ff69b4',
  sienna: '#a0522d',
  slategray: '#708090',
  black: '#000000',
  silver: '#c0c0c0',
} as const;

/** Colours of calendars whose project has none. */
const DEFAULTS = ['teal', 'royalblue', 'seagreen', 'mediumpurple', 'tomato', 'dodgerblue', 'purple', 'sienna'] as const;

function channels(hex: string): [number, number, number] {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** The CSS3 name nearest to a colour "#rrggbb". */
export function nearestColorName(hex: string): string {
  const [red, green, blue] = channels(hex);
  const distances = Object.entries(PALETTE).map(([name, other]) => {
    const [r, g, b] = channels(other);
    return { name, distance: (red - r) ** 2 + (green - g) ** 2 + (blue - b) ** 2 };
  });
  return distances.reduce((best, next) => (next.distance < best.distance ? next : best)).name;
}

/** A colour "#rrggbb" for an id without one of its own, always the same for an id. */
export function defaultColor(id: string): string {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + character.charCodeAt(0)) >>> 0;
  return PALETTE[DEFAULTS[hash % DEFAULTS.length] ?? 'teal'];
}

/** "#rrggbb" in lower case, or null for anything else. */
export function parseHexColor(text: string): string | null {
  return /^#[0-9a-f]{6}$/i.test(text) ? text.toLowerCase() : null;
}
