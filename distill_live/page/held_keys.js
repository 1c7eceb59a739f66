/**
 * Keys that this page holds, each by one or more sources: a finger, a key of the computer.
 *
 * All that it has struck it releases, also when it is left, hidden or closed.
 */

/** @typedef {"" | "held" | "kept"} KeyState `kept` by the sustain alone */

export class HeldKeys {
  /**
   * @param {import("./connection.js").Connection} connection
   * @param {(key: number, state: KeyState) => void} show
   */
  constructor(connection, show) {
    this._connection = connection;
    this._show = show;
    /** @type {Map<string, number>} */
    this._keys = new Map(); // by source
    /** @type {Set<number>} */
    this._kept = new Set();
    this._sustain = false;
    this._bend = 0;
    addEventListener("blur", () => this.release());
    addEventListener("pagehide", () => this.release());
    document.addEventListener("visibilitychange", () => document.hidden && this.release());
    connection.addEventListener("state", () => this.release()); // without connection it only forgets
    connection.listen("/keys", ([mode]) => mode === "off" && this.release());
    connection.listen("/play", ([on]) => on === 0 && this.release());
  }

  /**
   * Strike a key. A source that holds another one goes on to it: that is released after.
   *
   * @param {string} source
   * @param {number} key
   * @param {number} velocity
   */
  strike(source, key, velocity) {
    if (!this._connection.connected) {
      return;
    }
    const before = this._keys.get(source);
    this._keys.set(source, key);
    this._kept.delete(key);
    this._connection.send("/note/on", key, velocity);
    if (this._bend !== 0) {
      this._connection.send("/note/bend", key, this._bend);
    }
    this._show(key, "held");
    if (before !== undefined && before !== key) {
      this._let(before);
    }
  }

  /** @param {string} source */
  lift(source) {
    const key = this._keys.get(source);
    if (key !== undefined) {
      this._keys.delete(source);
      this._let(key);
    }
  }

  /**
   * Key that a source holds.
   *
   * @param {string} source
   */
  keyOf(source) {
    return this._keys.get(source);
  }

  get sustain() {
    return this._sustain;
  }

  set sustain(on) {
    this._sustain = on;
    if (!on) {
      const kept = [...this._kept];
      this._kept.clear();
      kept.forEach((key) => this._end(key));
    }
  }

  /**
   * Bend all keys that sound, and those that are struck later.
   *
   * @param {number} semitones
   */
  bend(semitones) {
    this._bend = semitones;
    for (const key of new Set([...this._keys.values(), ...this._kept])) {
      this._connection.send("/note/bend", key, semitones);
    }
  }

  /** Show all keys that sound, where the keyboard is built anew. */
  showAll() {
    this._kept.forEach((key) => this._show(key, "kept"));
    this._keys.forEach((key) => this._show(key, "held"));
  }

  /** Release all keys; the sustain stays. */
  release() {
    const sounding = new Set([...this._keys.values(), ...this._kept]);
    this._keys.clear();
    this._kept.clear();
    sounding.forEach((key) => this._end(key));
  }

  /** @param {number} key */
  _let(key) {
    if ([...this._keys.values()].includes(key)) {
      return; // another finger holds it
    }
    if (this._sustain) {
      this._kept.add(key);
      this._show(key, "kept");
    } else {
      this._end(key);
    }
  }

  /** @param {number} key */
  _end(key) {
    this._connection.send("/note/off", key);
    this._show(key, "");
  }
}
