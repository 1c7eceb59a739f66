/** The studio's server: its state as it changes, requests, uploads. */

/**
 * @typedef {{id: string, path: string, name: string, own: boolean}} Folder own ones are always open
 *
 * @typedef {object} Run
 * @property {string} id
 * @property {string} name
 * @property {string} folder
 * @property {"waiting" | "running" | "stopped" | "finished" | "failed"} state
 * @property {string} stage such as `reading`, of one that runs
 * @property {number | null} share of the stage, 0..1
 * @property {number} epoch
 * @property {number} epochs
 * @property {number | null} minutes_left
 * @property {string | null} error
 * @property {boolean} resumable
 * @property {boolean} removable
 * @property {boolean} bundle whether it has made a model
 * @property {string | null} model that in the library
 * @property {boolean} report
 *
 * @typedef {object} Model
 * @property {string} id
 * @property {string} name
 * @property {boolean} shipped
 * @property {number} bytes
 * @property {string | null} error of a damaged one, which has nothing of what follows
 * @property {number} [seconds] of its recordings
 * @property {string[]} [axes]
 * @property {number} [recordings]
 * @property {Record<string, string | number>} [scores]
 * @property {string} [fingerprint]
 *
 * @typedef {object} Job a render
 * @property {string} id
 * @property {string} name of its file
 * @property {"running" | "done" | "failed"} state
 * @property {string} [error]
 *
 * @typedef {{a: string, b: string, winner: string}} Choice between models, by their fingerprints
 *
 * @typedef {object} State
 * @property {Folder[]} folders
 * @property {Run[]} runs
 * @property {Model[]} models
 * @property {Job[]} jobs
 * @property {Choice[]} choices
 * @property {{model: string, url: string | null} | null} live
 */

const RETRY_MS = 1000;

/** Of an upload whose connection broke. */
const MOST_ATTEMPTS = 20;

/** What the server refused, or that it does not answer; the message is one line. */
export class Refusal extends Error {}

/** Events: `state` with each new state, `run` (detail: run and event), `connection`, `refusal` (detail: why). */
export class Server extends EventTarget {
  constructor() {
    super();
    /** @type {State | null} */
    this.state = null;
    this.connected = false;
    this._token = tokenOf(document);
  }

  /** Follow the server's events, and connect again whenever they end. */
  start() {
    const events = new EventSource("/api/events");
    events.addEventListener("open", () => this._connected(true));
    events.addEventListener("state", ({ data }) => {
      this.state = JSON.parse(data);
      this.dispatchEvent(new Event("state"));
    });
    events.addEventListener("run", ({ data }) =>
      this.dispatchEvent(new CustomEvent("run", { detail: JSON.parse(data) })),
    );
    events.addEventListener("refusal", ({ data }) =>
      this.dispatchEvent(new CustomEvent("refusal", { detail: JSON.parse(data).error })),
    );
    events.addEventListener("error", () => {
      this._connected(false);
      events.close();
      setTimeout(() => this.start(), RETRY_MS);
    });
  }

  /**
   * Call `show` with the present state and each new one.
   *
   * @param {(state: State) => void} show
   */
  watch(show) {
    this.addEventListener("state", () => show(/** @type {State} */ (this.state)));
    if (this.state) {
      show(this.state);
    }
  }

  /**
   * The JSON answer to a question.
   *
   * @param {string} path such as `/api/model`
   * @param {Record<string, string>} [query]
   * @returns {Promise<any>}
   */
  async get(path, query = {}) {
    return answer(await reach(address(path, query)));
  }

  /**
   * The JSON answer to a request that changes something.
   *
   * @param {string} path
   * @param {object} body sent as JSON; a `File` as it is
   * @param {Record<string, string>} [query]
   * @returns {Promise<any>}
   */
  async post(path, body, query = {}) {
    const raw = body instanceof Blob;
    const send = () =>
      reach(address(path, query), {
        method: "POST",
        headers: {
          "X-Token": this._token,
          "Content-Type": raw ? "application/octet-stream" : "application/json",
        },
        body: raw ? body : JSON.stringify(body),
      });
    let response = await send();
    if (response.status === 403 && (await this._renewToken())) {
      response = await send();
    }
    return answer(response);
  }

  /**
   * Upload a file into a folder; a broken connection is waited for.
   *
   * @param {string} folder
   * @param {string} name
   * @param {File} file
   * @param {(bytes: number) => void} onProgress
   * @param {AbortSignal} signal
   * @throws {Refusal}
   */
  async upload(folder, name, file, onProgress, signal) {
    for (let attempt = 1; ; attempt++) {
      const { status, text } = await this._send(
        address("/api/upload", { folder, name }),
        file,
        onProgress,
        signal,
      );
      const again = status === 403 ? await this._renewToken() : status === 0;
      if (signal.aborted || (status >= 200 && status < 300)) {
        return;
      }
      if (!again || attempt === MOST_ATTEMPTS) {
        throw new Refusal(errorText(status, text));
      }
      await pause(RETRY_MS);
    }
  }

  /**
   * Send a file. `fetch` reports no progress of what it sends.
   *
   * @param {string} url
   * @param {File} file
   * @param {(bytes: number) => void} onProgress
   * @param {AbortSignal} signal
   * @returns {Promise<{status: number, text: string}>} status 0 if there was no answer
   */
  _send(url, file, onProgress, signal) {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      const end = () => {
        signal.removeEventListener("abort", stop);
        resolve({ status: request.status, text: request.responseText });
      };
      const stop = () => request.abort();
      request.upload.addEventListener("progress", ({ loaded }) => onProgress(loaded));
      request.addEventListener("loadend", end);
      signal.addEventListener("abort", stop);
      request.open("POST", url);
      request.setRequestHeader("X-Token", this._token);
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.send(file);
    });
  }

  /** Take the token of a server that was started again; returns whether it is another one. */
  async _renewToken() {
    const text = await (await reach("/")).text();
    const token = tokenOf(new DOMParser().parseFromString(text, "text/html"));
    const renewed = token !== this._token;
    this._token = token;
    return renewed;
  }

  /** @param {boolean} connected */
  _connected(connected) {
    this.connected = connected;
    this.dispatchEvent(new Event("connection"));
  }
}

/**
 * A path of the server with a query.
 *
 * @param {string} path
 * @param {Record<string, string>} query
 */
export function address(path, query) {
  const text = new URLSearchParams(query).toString();
  return text ? `${path}?${text}` : path;
}

/**
 * @param {string} url
 * @param {RequestInit} [options]
 */
async function reach(url, options) {
  try {
    return await fetch(url, options);
  } catch {
    throw new Refusal("the studio does not answer; start it again in its terminal");
  }
}

/** @param {Response} response */
async function answer(response) {
  const text = await response.text();
  if (!response.ok) {
    throw new Refusal(errorText(response.status, text));
  }
  return text ? JSON.parse(text) : {};
}

/**
 * @param {number} status
 * @param {string} text body of the answer
 */
function errorText(status, text) {
  try {
    return String(JSON.parse(text).error);
  } catch {
    return status ? `the studio answered ${status}` : "the studio does not answer";
  }
}

/** @param {Document} page */
function tokenOf(page) {
  return page.querySelector("meta[name=token]")?.getAttribute("content") ?? "";
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
