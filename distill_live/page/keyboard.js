/** Keys of the whole page: each is an action and a text for the list of keys. */

/** @typedef {{names: string, text: string, act: (event: KeyboardEvent) => void}} Shortcut */
/** @typedef {{press: (code: string) => void, release: (code: string) => void}} Holding */

export class Shortcuts {
  constructor() {
    /** @type {Map<string, Shortcut>} */
    this._all = new Map();
    /** @type {Map<string, Holding>} */
    this._held = new Map(); // by code
    /** @type {Set<string>} */
    this._down = new Set(); // codes of those that are held now
    addEventListener("blur", () => this._releaseAll()); // what is lifted elsewhere is not told
    document.addEventListener("keydown", (event) => this._press(event));
    document.addEventListener("keyup", (event) => this._release(event));
  }

  /**
   * Add keys, named as in `KeyboardEvent.key`.
   *
   * @param {string[]} keys
   * @param {string} text what they do
   * @param {(event: KeyboardEvent) => void} act
   */
  add(keys, text, act) {
    const shortcut = { names: namesOf(keys), text, act };
    for (const key of keys) {
      this._all.set(key, shortcut);
    }
  }

  /**
   * Add keys that act while they are held, by their place (`KeyboardEvent.code`).
   *
   * @param {string[]} codes
   * @param {string} names as they are listed
   * @param {string} text what they do
   * @param {Holding} holding
   */
  hold(codes, names, text, holding) {
    this._all.set(names, { names, text, act: () => {} });
    for (const code of codes) {
      this._held.set(code, holding);
    }
  }

  /** All shortcuts in the order in which they were added. */
  get all() {
    return [...new Set(this._all.values())];
  }

  /** @param {KeyboardEvent} event */
  _press(event) {
    const shortcut = this._all.get(event.key);
    const holding = this._held.get(event.code);
    if (!(shortcut || holding) || event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) {
      return;
    }
    const target = /** @type {HTMLElement} */ (event.target);
    if (target.closest("input, textarea, select, dialog")) {
      return; // text is written; Escape ends that, and no sound
    }
    if (event.key === " " && target.closest("button, [role=button], summary")) {
      return; // what has the focus is pressed
    }
    event.preventDefault();
    if (!event.repeat) {
      shortcut?.act(event);
      if (holding) {
        this._down.add(event.code);
        holding.press(event.code);
      }
    }
  }

  /** @param {KeyboardEvent} event */
  _release(event) {
    if (event.key === "Meta") {
      this._releaseAll(); // macOS hides what is lifted meanwhile
    }
    if (this._down.delete(event.code)) {
      this._held.get(event.code)?.release(event.code);
    }
  }

  _releaseAll() {
    const down = [...this._down];
    this._down.clear();
    down.forEach((code) => this._held.get(code)?.release(code));
  }
}

/** @param {string[]} keys */
function namesOf(keys) {
  const names = keys.map((key) => (key === " " ? "Space" : key));
  return names.length > 3 ? `${names[0]} – ${names.at(-1)}` : names.join(", ");
}
