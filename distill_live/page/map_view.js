/** The part of the map that is seen: from its coordinates, 0..1 with y upwards, to pixels and back. */

const MARGIN_PX = 28;

/** Above, where the name of the recording stands, as a share of the window's height. */
const TOP_SHARE = 0.1;

const LARGEST_ZOOM = 12;

/** Inner part of the window in which the point is kept, as a share of its side. */
const KEPT = 0.7;

export class MapView {
  constructor() {
    this.zoom = 1;
    this._x = 0.5;
    this._y = 0.5;
    this._width = 1;
    this._height = 1;
    this._marginTop = MARGIN_PX;
  }

  /**
   * @param {number} width in pixels of the page
   * @param {number} height
   */
  resize(width, height) {
    this._width = Math.max(1, width);
    this._height = Math.max(1, height);
    this._marginTop = MARGIN_PX + TOP_SHARE * height;
  }

  get _scaleX() {
    return Math.max(1, this._width - 2 * MARGIN_PX) * this.zoom;
  }

  get _scaleY() {
    return Math.max(1, this._height - this._marginTop - MARGIN_PX) * this.zoom;
  }

  get _middle() {
    return (this._height + this._marginTop - MARGIN_PX) / 2;
  }

  /** @param {number} x */
  left(x) {
    return (x - this._x) * this._scaleX + this._width / 2;
  }

  /** @param {number} y */
  top(y) {
    return (this._y - y) * this._scaleY + this._middle;
  }

  /** @param {number} left */
  x(left) {
    return clip((left - this._width / 2) / this._scaleX + this._x);
  }

  /** @param {number} top */
  y(top) {
    return clip(this._y - (top - this._middle) / this._scaleY);
  }

  /**
   * Zoom about a place that stays where it is.
   *
   * @param {number} factor
   * @param {number} x
   * @param {number} y
   */
  zoomBy(factor, x, y) {
    const zoom = Math.min(LARGEST_ZOOM, Math.max(1, this.zoom * factor));
    const share = this.zoom / zoom;
    this.zoom = zoom;
    this._centre(x + (this._x - x) * share, y + (this._y - y) * share);
  }

  /**
   * Move so that a place comes into the inner part, by a share of what is missing. Returns whether
   * the view has moved.
   *
   * @param {number} x
   * @param {number} y
   * @param {number} share 0..1
   */
  follow(x, y, share) {
    const reach = (KEPT * 0.5) / this.zoom;
    const missingX = x - clip(x, this._x - reach, this._x + reach);
    const missingY = y - clip(y, this._y - reach, this._y + reach);
    if (this.zoom === 1 || Math.abs(missingX) + Math.abs(missingY) < 1e-4) {
      return false;
    }
    const { _x, _y } = this;
    this._centre(this._x + share * missingX, this._y + share * missingY);
    return this._x !== _x || this._y !== _y;
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  _centre(x, y) {
    const half = 0.5 / this.zoom;
    this._x = clip(x, half, 1 - half);
    this._y = clip(y, half, 1 - half);
  }
}

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
function clip(value, low = 0, high = 1) {
  return Math.min(high, Math.max(low, value));
}
