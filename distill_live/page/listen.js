/**
 * Listen here: what goes out of the instrument, played by this browser.
 *
 * The socket `/listen` sends a text frame, JSON with `rate` and `channels`, and then binary frames: the
 * number of the first frame (64 bits) and interleaved float32 samples. An AudioWorklet plays them at that
 * rate; the browser converts to that of its own output.
 */

/** @typedef {"off" | "starting" | "playing" | "waiting"} State */
/** @typedef {{rate: number, channels: number}} Format */
/** @typedef {{state: "playing" | "waiting", bufferedSeconds: number, gaps: number}} Report */

const RETRY_MS = 500;

/** Emits `change` when one of its properties has changed. */
export class Listener extends EventTarget {
  constructor() {
    super();
    /** @type {State} */
    this.state = "off";
    /** From the socket to the loudspeaker. */
    this.latencySeconds = 0;
    /** How often sound was missing since the start. */
    this.gaps = 0;
    /** @type {WebSocket | null} */
    this._socket = null;
    /** @type {AudioContext | null} */
    this._context = null;
    /** @type {AudioWorkletNode | null} */
    this._node = null;
    this._retry = 0;
    /** @type {{resolve: () => void, reject: (error: unknown) => void}} */
    this._started = { resolve() {}, reject() {} };
  }

  /** Begin to play; call it from a click. Rejects where the browser cannot. */
  async start() {
    if (this.state !== "off") {
      return;
    }
    if (typeof AudioWorkletNode === "undefined") {
      throw new Error("browsers play only pages of this computer; open it there, or through an SSH tunnel");
    }
    this.gaps = 0;
    this.latencySeconds = 0;
    this._set("starting");
    /** @type {Promise<void>} */
    const started = new Promise((resolve, reject) => {
      this._started = { resolve, reject };
    });
    this._connect();
    try {
      await started;
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  /** End. */
  stop() {
    clearTimeout(this._retry);
    this._socket?.close();
    this._node?.port.postMessage({ stop: true });
    this._node?.disconnect();
    void this._context?.close();
    this._socket = this._context = this._node = null;
    this._started.resolve();
    this._set("off");
  }

  _connect() {
    const socket = new WebSocket(new URL("/listen", location.href.replace(/^http/, "ws")));
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") {
        this._setFormat(JSON.parse(data)).catch((error) => this._started.reject(error));
      } else {
        this._node?.port.postMessage(data, [data]);
      }
    };
    socket.onclose = () => {
      if (this._socket === socket) {
        this._set("waiting");
        this._retry = setTimeout(() => this._connect(), RETRY_MS);
      }
    };
    this._socket = socket;
  }

  /** @param {Format} format */
  async _setFormat(format) {
    if (!this._context) {
      const context = createContext(format.rate);
      this._context = context;
      await context.audioWorklet.addModule(new URL("./listen_worklet.js", import.meta.url));
      void context.resume();
      if (this._context !== context) {
        return; // stopped meanwhile
      }
      const options = { numberOfInputs: 0, outputChannelCount: [2] };
      this._node = new AudioWorkletNode(context, "listen", options);
      this._node.port.onmessage = ({ data }) => this._report(data);
      this._node.connect(context.destination);
    }
    this._node?.port.postMessage(format);
    this._started.resolve();
  }

  /** @param {Report} report */
  _report({ state, bufferedSeconds, gaps }) {
    const context = this._context;
    if (context && this._socket?.readyState === WebSocket.OPEN) {
      this.gaps = gaps;
      this.latencySeconds = bufferedSeconds + context.baseLatency + (context.outputLatency || 0);
      this._set(this.state === "starting" && state === "waiting" ? "starting" : state);
    }
  }

  /** @param {State} state */
  _set(state) {
    this.state = state;
    this.dispatchEvent(new Event("change"));
  }
}

/**
 * A context of that rate, or where the browser has no such rate, of the browser's own.
 *
 * @param {number} sampleRate
 */
function createContext(sampleRate) {
  try {
    return new AudioContext({ sampleRate, latencyHint: "interactive" });
  } catch {
    return new AudioContext({ latencyHint: "interactive" });
  }
}
