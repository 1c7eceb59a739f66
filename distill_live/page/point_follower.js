/**
 * Ask again, a few times a second, for what depends on the point of the map, while the point moves.
 *
 * A client is told what others sent, not what a move did to all axes; the neighbours and the chunk
 * are there for the asking only.
 */

const INTERVAL_MS = 110;

/** Moves by less, as a share of the map's side, are no moves. */
const LEAST_MOVE = 2e-4;

/** After a change without a move of the point, such as a recalled preset, it is asked for this long. */
const SETTLING_MS = 600;

export class PointFollower {
  /** @param {import("./connection.js").Connection} connection */
  constructor(connection) {
    this._connection = connection;
    /** @type {string[]} */
    this._paths = [];
    this._x = -1;
    this._y = -1;
    this._untilMs = 0;
    connection.listen("/meter/point", ([x, y]) => this._move(Number(x), Number(y)));
    connection.listen("/map", () => this.ask());
    connection.listen("/done", () => this.ask());
    connection.addEventListener("synced", () => this.ask());
    setInterval(() => this._tick(), INTERVAL_MS);
  }

  /**
   * Ask for `path`, an action with a reply, whenever the point has moved.
   *
   * @param {string} path
   */
  add(path) {
    if (this._connection.tree?.find(path)) {
      this._paths.push(path);
      this.ask();
    }
  }

  /** Ask now and for a short time, since the point may move. */
  ask() {
    this._untilMs = performance.now() + SETTLING_MS;
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  _move(x, y) {
    if (Math.abs(x - this._x) + Math.abs(y - this._y) > LEAST_MOVE) {
      this._x = x;
      this._y = y;
      this._untilMs = Math.max(this._untilMs, performance.now() + 2 * INTERVAL_MS);
    }
  }

  _tick() {
    if (performance.now() < this._untilMs && !document.hidden) {
      for (const path of this._paths) {
        this._connection.poll(path);
      }
    }
  }
}
