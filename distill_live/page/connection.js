/**
 * Connection to the instrument: OSC over a WebSocket, reconnected without end, and the newest values.
 *
 * Paths have no prefix `/distill` here. Events: `state` (connected or not), `tree` (the addresses
 * are there, or others), `stored` (detail: the path below which names have changed), `refused`
 * (detail: address, code and text), and `synced` (the full state has arrived).
 */

import { decode, encode } from "./osc.js";
import { Tree } from "./tree.js";

/** @typedef {import("./osc.js").Value} Value */
/** @typedef {(values: Value[]) => void} Listener */
/** @typedef {{address: string, code: string, text: string}} Refusal */
/** @typedef {{rows: Value[][], promise: Promise<Value[][] | null>, settle: (rows: Value[][] | null) => void}} Request */

const PREFIX = "/distill";

const METERS_PER_SECOND = 25;

/** Pause before a new attempt, doubled up to the longest. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2000;

/**
 * After so many seconds of silence the instrument is asked for its version, and then the socket is lost.
 * Checks are counted, not time: a browser that stood still has not read what came meanwhile.
 */
const ASKED_AFTER = 2;
const LOST_AFTER = 6;

const ANSWER_MS = 5000;

/** After this a list is asked for again that the instrument was too busy to send. */
const BUSY_MS = 200;

/** After this a page for which there was no room asks for it again. */
const FULL_MS = 3000;

export class Connection extends EventTarget {
  constructor() {
    super();
    this.connected = false;
    /** @type {Tree | null} */
    this.tree = null;
    /** @type {WebSocket | null} */
    this._socket = null;
    this._pauseMs = FIRST_PAUSE_MS;
    this._retry = 0;
    this._silence = 0; // checks since the last frame
    this._treeRun = 0;
    /** @type {Map<string, Value[]>} */
    this._values = new Map();
    /** @type {Map<string, Set<Listener>>} */
    this._listeners = new Map();
    /** @type {Map<string, Request>} */
    this._requests = new Map();
    /** @type {Set<string>} */
    this._polled = new Set();
    this._handle = this._handle.bind(this);
  }

  /** Connect, and stay connected. */
  start() {
    this._connect();
    setInterval(() => this._checkSilence(), 1000);
    for (const name of ["online", "focus", "pageshow"]) {
      addEventListener(name, () => this._connect());
    }
    document.addEventListener("visibilitychange", () => this._connect());
  }

  /**
   * The newest values of an address.
   *
   * @param {string} path
   * @returns {Value[] | undefined}
   */
  values(path) {
    return this._values.get(path);
  }

  /**
   * Call `listener` for each later message with a path; ended by the signal.
   *
   * @param {string} path
   * @param {Listener} listener
   * @param {AbortSignal} [signal]
   */
  listen(path, listener, signal) {
    let all = this._listeners.get(path);
    if (!all) {
      all = new Set();
      this._listeners.set(path, all);
    }
    all.add(listener);
    signal?.addEventListener("abort", () => this._listeners.get(path)?.delete(listener));
  }

  /**
   * The same as `listen`, but called with the present values too, where they are known.
   *
   * @param {string} path
   * @param {Listener} listener
   * @param {AbortSignal} [signal]
   */
  watch(path, listener, signal) {
    this.listen(path, listener, signal);
    const values = this._values.get(path);
    if (values) {
      listener(values);
    }
  }

  /**
   * Send a message; without connection it is lost, as a touch of a dead control is.
   *
   * @param {string} path
   * @param {...(number | string)} values
   */
  send(path, ...values) {
    if (this._socket?.readyState === WebSocket.OPEN) {
      this._socket.send(encode(PREFIX + path, values));
    }
  }

  /**
   * Send new values of an address, and show them in all of the page: what a client sets is not
   * sent back to it.
   *
   * @param {string} path
   * @param {...(number | string)} values
   */
  set(path, ...values) {
    if (this.connected) {
      this.send(path, ...values);
      this.note(path, values);
    }
  }

  /**
   * Ask for a list: the values of each message `item` until the message `end`.
   *
   * @param {string} path
   * @param {string} item
   * @param {string} end
   * @returns {Promise<Value[][] | null>} null if there is no answer
   */
  list(path, item, end) {
    return this._request(path, item, end);
  }

  /**
   * Ask for a reply of one message.
   *
   * @param {string} path
   * @returns {Promise<Value[] | null>} null if there is no answer
   */
  async ask(path) {
    const rows = await this._request(path, `${path}.reply`, `${path}.reply`);
    return rows?.[0] ?? null;
  }

  /**
   * Ask for what is asked for again anyway: a refusal, of an instrument that is busy, is not shown.
   *
   * @param {string} path
   */
  poll(path) {
    this._polled.add(path);
    this.send(path);
  }

  /**
   * @param {string} path
   * @param {string} item
   * @param {string} end
   * @returns {Promise<Value[][] | null>}
   */
  _request(path, item, end) {
    const underWay = this._requests.get(path);
    if (underWay) {
      return underWay.promise;
    }
    /** @type {Value[][]} */
    const rows = [];
    const done = new AbortController();
    /** @type {Request["settle"]} */
    let settle = () => {};
    /** @type {Promise<Value[][] | null>} */
    const promise = new Promise((resolve) => {
      settle = (answer) => {
        clearTimeout(timer);
        done.abort();
        this._requests.delete(path);
        resolve(answer);
      };
    });
    const timer = setTimeout(() => settle(null), ANSWER_MS);
    this._requests.set(path, { rows, promise, settle });
    this.listen(item, (values) => void rows.push(values), done.signal);
    this.listen(end, () => settle(rows), done.signal);
    this.send(path);
    return promise;
  }

  _connect() {
    if (this._socket) {
      return;
    }
    clearTimeout(this._retry);
    const url = new URL("/", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    this._socket = socket;
    this._silence = 0;
    socket.onopen = () => {
      this._pauseMs = FIRST_PAUSE_MS;
      this._silence = 0;
      this._setConnected(true);
      this.send("/notify", 1);
      void this._readTree(socket);
    };
    socket.onmessage = (event) => {
      this._silence = 0;
      if (typeof event.data === "string") {
        this._readText(event.data, socket);
      } else {
        this._readPacket(event.data);
      }
    };
    socket.onclose = () => this._lose(socket);
  }

  /** @param {WebSocket} socket */
  _lose(socket) {
    if (this._socket !== socket) {
      return;
    }
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    this._socket = null;
    for (const request of [...this._requests.values()]) {
      request.settle(null);
    }
    this._setConnected(false);
    clearTimeout(this._retry);
    this._retry = setTimeout(() => this._connect(), this._pauseMs);
    this._pauseMs = Math.min(2 * this._pauseMs, LONGEST_PAUSE_MS);
  }

  /** A laptop that slept, or a network that went, leaves a socket that says nothing. */
  _checkSilence() {
    const socket = this._socket;
    this._silence++;
    if (socket && this._silence >= LOST_AFTER) {
      this._lose(socket);
    } else if (socket && this._silence >= ASKED_AFTER) {
      this.send("/version");
    }
  }

  /** @param {boolean} connected */
  _setConnected(connected) {
    if (this.connected !== connected) {
      this.connected = connected;
      this.dispatchEvent(new Event("state"));
    }
  }

  /**
   * Read the addresses; an engine that is starting is asked again.
   *
   * @param {WebSocket} socket
   */
  async _readTree(socket) {
    const run = ++this._treeRun;
    while (this._socket === socket && this._treeRun === run) {
      try {
        const response = await fetch("/", {
          headers: { Accept: "application/json" },
          cache: "no-store",
        });
        if (response.ok) {
          const tree = new Tree(await response.json());
          if (this._socket === socket && this._treeRun === run) {
            this.tree = tree;
            this.dispatchEvent(new Event("tree"));
          }
          return;
        }
      } catch {
        // gone again: the socket says so too, and connects anew
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }

  /**
   * Read a frame of OSCQuery: what has changed in the tree.
   *
   * @param {string} text
   * @param {WebSocket} socket
   */
  _readText(text, socket) {
    const command = JSON.parse(text);
    if (command.COMMAND !== "PATH_CHANGED") {
      return;
    }
    const path = String(command.DATA).slice(PREFIX.length);
    if (path === "") {
      void this._readTree(socket);
    } else {
      this.dispatchEvent(new CustomEvent("stored", { detail: path }));
    }
  }

  /** @param {ArrayBuffer} packet */
  _readPacket(packet) {
    try {
      decode(packet, this._handle);
    } catch (error) {
      if (!(error instanceof RangeError)) {
        throw error;
      }
      console.warn("A packet of the instrument cannot be read:", error.message);
    }
  }

  /**
   * @param {string} address
   * @param {Value[]} values
   */
  _handle(address, values) {
    const path = address.startsWith(PREFIX) ? address.slice(PREFIX.length) : address;
    if (path === "/fail") {
      this._refuse(values);
    } else if (path === "/update" && values[0] === 0) {
      this.send("/meters", METERS_PER_SECOND); // for subscribers only
      this.dispatchEvent(new Event("synced"));
    }
    this.note(path, values);
  }

  /** @param {Value[]} values */
  _refuse([address, code, text]) {
    const path = String(address).replace(PREFIX, "");
    const request = this._requests.get(path);
    if (code === "busy" && (request || this._polled.has(path))) {
      setTimeout(() => request && this._requests.get(path) === request && this.send(path), BUSY_MS);
      return;
    }
    if (path === "/notify") {
      const socket = this._socket;
      setTimeout(() => this._socket === socket && this.send(path, 1), FULL_MS);
    }
    if (this.tree?.find(path)?.readable && code !== "unknown-address") {
      // what was shown is not what is: ask, but one that is busy not at once
      setTimeout(() => this.send(path), code === "busy" ? BUSY_MS : 0);
    }
    request?.settle(null);
    /** @type {Refusal} */
    const detail = { address: path, code: String(code), text: String(text) };
    this.dispatchEvent(new CustomEvent("refused", { detail }));
  }

  /**
   * Note values that are known by another way, such as a list, and show them in all of the page.
   *
   * @param {string} path
   * @param {Value[]} values
   */
  note(path, values) {
    this._values.set(path, values);
    const listeners = this._listeners.get(path);
    if (listeners) {
      for (const listener of listeners) {
        listener(values);
      }
    }
  }
}
