/**
 * The addresses that the instrument describes: names, ranges, units and texts of its OSCQuery tree.
 *
 * Nothing of them is written again in the page.
 */

const PREFIX = "/distill";

/** Second names that only the tree has: each address has another below it. */
const SECOND_NAMES = new Map([
  ["/latent", "/latent/all"],
  ["/formant", "/formant/shift"],
]);

/** Units as they are shown, where that is shorter than the tree's name. */
const SHORT_UNITS = new Map([
  ["time.second", "s"],
  ["time.hz", "Hz"],
  ["gain.db", "dB"],
  ["times", "×"],
  ["semitones", "st"],
  ["MIDI key", ""],
  ["axis", ""],
  ["chunk", ""],
  ["standard deviations", "σ"],
]);

const NAMES = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"];
export const OCTAVE = 12;

/** Exponents by which a fader's way becomes a value: fine where the ear is. */
const SKEWS = new Map([
  ["time.second", 3],
  ["time.hz", 3],
  ["gain.db", 1 / 3],
]);

/**
 * @typedef {object} Argument
 * @property {string} name
 * @property {string} type `f`, `i` or `s`; `key` for a key, of which parts are cents
 * @property {number} min
 * @property {number} max
 * @property {string} unit as shown, or empty
 * @property {number} skew value = min + (max - min) * way ** skew
 * @property {string[] | null} choices
 * @property {number | null} fallback value of a new instrument
 */

/**
 * @typedef {object} Parameter
 * @property {string} path
 * @property {string} name last part of the path, as shown
 * @property {string} description
 * @property {boolean} readable
 * @property {Argument[]} args required ones first
 * @property {number} required number of arguments that a message must have
 */

export class Tree {
  /** @param {any} root */
  constructor(root) {
    this._root = root;
  }

  /**
   * Description of an address; null if this instrument has none of that path.
   *
   * @param {string} path
   * @returns {Parameter | null}
   */
  find(path) {
    const node = this._node(SECOND_NAMES.get(path) ?? path);
    if (!node || node.TYPE === undefined) {
      return null;
    }
    const full = node.OVERLOADS?.[0] ?? node;
    return {
      path,
      name: nameOf(path),
      description: node.DESCRIPTION ?? "",
      readable: (node.ACCESS & 1) === 1,
      args: node.TYPE === "I" ? [] : argumentsOf(full, node.DEFAULT_VALUE),
      required: node.TYPE === "I" ? 0 : node.TYPE.length,
    };
  }

  /**
   * The same, where the address must be there.
   *
   * @param {string} path
   * @returns {Parameter}
   */
  get(path) {
    const found = this.find(path);
    if (!found) {
      throw new Error(`the instrument has no address ${path}`);
    }
    return found;
  }

  /**
   * Names below a path that have a value; those that are numbers without leading zeros come first.
   *
   * @param {string} path
   * @returns {string[]}
   */
  valuesBelow(path) {
    const contents = this._node(path)?.CONTENTS ?? {};
    return Object.keys(contents).filter((name) => (contents[name].ACCESS & 1) === 1);
  }

  /** @param {string} path */
  _node(path) {
    let node = this._root;
    for (const part of (PREFIX + path).split("/").slice(1)) {
      node = node?.CONTENTS?.[part];
    }
    return node;
  }
}

/**
 * Name of an address for people: the last part of its path.
 *
 * @param {string} path
 */
export function nameOf(path) {
  return (path.split("/").at(-1) ?? "").replaceAll("_", " ");
}

/**
 * Name of a key: 60, the middle C, is C4.
 *
 * @param {number} key
 */
export function nameOfKey(key) {
  return `${NAMES[key % OCTAVE]}${Math.floor(key / OCTAVE) - 1}`;
}

/**
 * A value as it is shown.
 *
 * @param {number} value
 * @param {{min: number, max: number, type?: string, skew?: number}} range
 */
export function format(value, { min, max, type, skew = 1 }) {
  if (type === "i") {
    return String(Math.round(value));
  }
  if (type === "key") {
    const cents = Math.round(100 * (value - Math.round(value)));
    return nameOfKey(Math.round(value)) + (cents ? ` ${cents > 0 ? "+" : "\u2212"}${Math.abs(cents)}` : "");
  }
  const size = Math.abs(value);
  const digits = skew > 1 && size > 0 && size < 1 ? (size < 0.1 ? 3 : 2) : max - min >= 20 ? 1 : 2;
  const shown = value.toFixed(digits).replace(/^-(0\.?0*)$/, "$1");
  return min < 0 && Number(shown) > 0 ? `+${shown}` : shown.replace("-", "\u2212");
}

/**
 * @param {any} described
 * @param {any[] | undefined} fallbacks
 * @returns {Argument[]}
 */
function argumentsOf(described, fallbacks) {
  return [...described.TYPE].map((type, n) => {
    const range = described.RANGE?.[n] ?? {};
    const unit = described.UNIT?.[n] ?? "";
    return {
      name: described.EXTENDED_TYPE?.[n] ?? "",
      type: unit === "MIDI key" ? "key" : type,
      min: range.MIN ?? 0,
      max: range.MAX ?? 1,
      unit: SHORT_UNITS.get(unit) ?? unit,
      skew: SKEWS.get(unit) ?? 1,
      choices: range.VALS ?? null,
      fallback: fallbacks?.[n] ?? null,
    };
  });
}
