/**
 * Fingers on a surface, and the place between them.
 *
 * One finger is its place; several are the middle of all, so that a second finger leans the point
 * towards its own place. When one of several is lifted, the place stays until another one moves.
 */

const MOST = 10;

/** A finger that stays behind rests until it has moved this far. */
const REST_PX = 10;

export class Fingers {
  constructor() {
    this.count = 0;
    this._ids = new Int32Array(MOST);
    this.left = new Float32Array(MOST);
    this.top = new Float32Array(MOST);
    this._restLeft = new Float32Array(MOST);
    this._restTop = new Float32Array(MOST);
    this._resting = false;
  }

  /**
   * Add a finger; returns whether there was room.
   *
   * @param {number} id
   * @param {number} left
   * @param {number} top
   */
  press(id, left, top) {
    if (this.count === MOST) {
      return false;
    }
    const n = this.count++;
    this._ids[n] = id;
    this.left[n] = left;
    this.top[n] = top;
    this._resting = false;
    return true;
  }

  /**
   * Move a finger; returns whether the place between all has moved.
   *
   * @param {number} id
   * @param {number} left
   * @param {number} top
   */
  move(id, left, top) {
    const n = this._find(id);
    if (n < 0) {
      return false;
    }
    this.left[n] = left;
    this.top[n] = top;
    if (this._resting) {
      const moved = Math.hypot(left - this._restLeft[n], top - this._restTop[n]);
      this._resting = moved < REST_PX;
    }
    return !this._resting;
  }

  /** @param {number} id */
  lift(id) {
    const n = this._find(id);
    if (n < 0) {
      return;
    }
    const last = --this.count;
    this._ids[n] = this._ids[last];
    this.left[n] = this.left[last];
    this.top[n] = this.top[last];
    this._restLeft.set(this.left);
    this._restTop.set(this.top);
    this._resting = this.count > 0;
  }

  /** Whether the place stays until a finger moves. */
  get resting() {
    return this._resting;
  }

  clear() {
    this.count = 0;
    this._resting = false;
  }

  get middleLeft() {
    return mean(this.left, this.count);
  }

  get middleTop() {
    return mean(this.top, this.count);
  }

  /** @param {number} id */
  _find(id) {
    return this._ids.subarray(0, this.count).indexOf(id);
  }
}

/**
 * @param {Float32Array} values
 * @param {number} count
 */
function mean(values, count) {
  let sum = 0;
  for (let n = 0; n < count; n++) {
    sum += values[n];
  }
  return sum / Math.max(1, count);
}
