/** Two models side by side: the same excerpt of each, switched without losing the place. */

import { clickButton, make, setOptions } from "./dom.js";
import { others, stopSound } from "./player.js";

/** Of a switch between two sounds. */
const FADE_S = 0.012;

const POLL_MS = 700;

const KINDS = /** @type {const} */ (["a", "b", "original"]);

/** @typedef {typeof KINDS[number]} Kind */

/** @typedef {{title: string, a: string, b: string, original: string | null}} Pair */

export class Comparison {
  /** @param {import("./main.js").Studio} studio */
  constructor(studio) {
    this._studio = studio;
    this._player = new SwitchedPlayer();
    this._turn = 0;
    this._swapped = false;
    this._names = { a: "", b: "" };
    this._models = { a: "", b: "" };
    /** @type {Pair[]} */
    this._pairs = [];
    this._title = make("h2", { tabIndex: -1 });
    this._status = make("p", { className: "status-line" });
    this._status.setAttribute("role", "status");
    this._excerpt = make("select", { className: "field", onchange: () => studio.attempt(this._load()) });
    this._excerpt.setAttribute("aria-label", "excerpt");
    this._blind = make("input", { type: "checkbox", onchange: () => this._deal() });
    this._play = clickButton("play", () => this._toggle(), "primary");
    this._place = make("progress", { max: 1, value: 0 });
    this._place.setAttribute("aria-label", "place in the excerpt");
    this._kinds = KINDS.map((kind) => {
      const button = clickButton("", () => this._hear(kind), "kind");
      button.setAttribute("aria-pressed", "false");
      return button;
    });
    this._winners = /** @type {const} */ (["a", "b", ""]).map((kind) => clickButton("no difference", () => this._prefer(kind)));
    this._controls = make(
      "div",
      { className: "comparison-controls" },
      make(
        "div",
        { className: "row" },
        this._excerpt,
        make("label", { className: "tick" }, this._blind, make("span", { textContent: "blind" })),
      ),
      make("div", { className: "kinds" }, ...this._kinds),
      make("div", { className: "row" }, this._play, this._place),
      make("div", { className: "row winners" }, ...this._winners),
      make("p", { className: "hint", textContent: "Keys: A, B, O for what is heard, P to play and pause." }),
    );
    this.element = make(
      "section",
      { className: "comparison", hidden: true, onkeydown: (event) => this._key(event) },
      make("div", { className: "row" }, this._title, clickButton("close", () => this._close())),
      this._status,
      this._controls,
    );
    this.element.setAttribute("aria-label", "comparison");
    this._player.onPlace = (share) => (this._place.value = share);
    others.stop = () => {
      this._player.pause();
      this._showPlaying();
    };
  }

  /**
   * Have excerpts made of two models, and show them.
   *
   * @param {string} a
   * @param {string} b
   * @param {string} folder of the recordings; empty for the walk alone
   */
  async begin(a, b, folder) {
    const { server } = this._studio;
    const turn = ++this._turn;
    const name = (/** @type {string} */ id) => server.state?.models.find((model) => model.id === id)?.name ?? id;
    this._models = { a, b };
    this._names = { a: name(a), b: name(b) };
    this._player.stop();
    this._showPlaying();
    this.element.hidden = false;
    this._controls.hidden = true;
    this._title.textContent = `${this._names.a} and ${this._names.b}`;
    this._status.textContent = "renders the excerpts";
    this.element.scrollIntoView({ block: "nearest" });
    this._title.focus();
    try {
      const { job } = await server.post("/api/compare", { a, b, ...(folder ? { folder } : {}) });
      for (;;) {
        const { ready, pairs } = await server.get("/api/compare", { job });
        if (turn !== this._turn) {
          return;
        }
        if (ready) {
          this._pairs = pairs;
          break;
        }
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    } catch (error) {
      if (turn !== this._turn) {
        return; // it was closed, or others are compared
      }
      this._close();
      throw error;
    }
    this._status.textContent = "";
    this._controls.hidden = false;
    setOptions(
      this._excerpt,
      this._pairs.map(({ title }, n) => ({ id: String(n), name: title })),
    );
    this._deal();
    await this._load();
  }

  _close() {
    this._turn++;
    this._player.stop();
    this.element.hidden = true;
  }

  /** Shuffle what the buttons mean if it is blind, and name them. */
  _deal() {
    const blind = this._blind.checked;
    this._swapped = blind && Math.random() < 0.5;
    this._title.textContent = blind ? "which one is better?" : `${this._names.a} and ${this._names.b}`;
    const { a, b } = this._names;
    const texts = blind ? ["A", "B"] : [`A: ${a}`, `B: ${b}`];
    [...texts, "original"].forEach((text, n) => (this._kinds[n].textContent = text));
    [a, b].forEach((name, n) => (this._winners[n].textContent = `${blind ? texts[n] : name} is better`));
    this._hear("a");
  }

  /** Fetch the sounds of the chosen excerpt. */
  async _load() {
    const pair = this._pairs[Number(this._excerpt.value)];
    if (!pair) {
      return;
    }
    this._kinds[2].hidden = !pair.original;
    this._hear("a");
    await this._player.load({ a: pair.a, b: pair.b, original: pair.original });
  }

  /** @param {Kind} kind of a button */
  _hear(kind) {
    this._player.hear(this._real(kind));
    this._kinds.forEach((button, n) => button.setAttribute("aria-pressed", String(KINDS[n] === kind)));
  }

  /**
   * The sound that a button means.
   *
   * @param {Kind} kind
   * @returns {Kind}
   */
  _real(kind) {
    if (!this._swapped || kind === "original") {
      return kind;
    }
    return kind === "a" ? "b" : "a";
  }

  /** @param {"a" | "b" | ""} kind of a button; empty for neither */
  _prefer(kind) {
    const winner = kind && this._real(kind) !== kind ? { a: "b", b: "a" }[kind] : kind;
    this._studio.attempt(
      this._studio.server.post("/api/compare/choice", { ...this._models, winner }).then(() => {
        this._blind.checked = false;
        this._deal();
        const result = winner ? `${this._names[/** @type {"a" | "b"} */ (winner)]} is better` : "no difference";
        this._status.textContent = `${result}: kept in the library`;
      }),
    );
  }

  _toggle() {
    if (this._player.playing) {
      this._player.pause();
    } else {
      stopSound();
      this._player.play();
    }
    this._showPlaying();
  }

  _showPlaying() {
    this._play.textContent = this._player.playing ? "pause" : "play";
  }

  /** @param {KeyboardEvent} event */
  _key(event) {
    if (event.target instanceof HTMLSelectElement || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const kind = { a: "a", b: "b", o: "original" }[event.key.toLowerCase()];
    if (kind && !this._kinds[KINDS.indexOf(/** @type {Kind} */ (kind))].hidden) {
      this._hear(/** @type {Kind} */ (kind));
    } else if (event.key.toLowerCase() === "p") {
      this._toggle();
    }
  }
}

/** Plays three sounds in step, in a loop, and lets one of them be heard. */
class SwitchedPlayer {
  constructor() {
    /** @type {AudioContext | null} */
    this._context = null;
    /** @type {Partial<Record<Kind, AudioBuffer>>} */
    this._buffers = {};
    /** @type {Partial<Record<Kind, GainNode>>} */
    this._gains = {};
    /** @type {AudioBufferSourceNode[]} */
    this._sources = [];
    /** @type {Kind} */
    this._heard = "a";
    this._beganS = 0;
    this._placeS = 0;
    this._asked = 0; // which sounds were
    /** Whether it plays, or will as soon as there are sounds. */
    this.playing = false;
    /** @type {(share: number) => void} */
    this.onPlace = () => {};
  }

  /** Of the shortest sound, so that all loop in step. */
  get _lengthS() {
    return Math.min(...Object.values(this._buffers).map(({ duration }) => duration));
  }

  /**
   * Fetch other sounds; what plays goes on with them, from their beginning.
   *
   * @param {Record<Kind, string | null>} urls
   */
  async load(urls) {
    const { playing } = this;
    this.stop();
    this.playing = playing;
    const asked = this._asked;
    this._context ??= new AudioContext();
    const context = this._context;
    /** @type {Partial<Record<Kind, AudioBuffer>>} */
    const buffers = {};
    await Promise.all(
      KINDS.map(async (kind) => {
        const url = urls[kind];
        if (url) {
          const response = await fetch(url);
          buffers[kind] = await context.decodeAudioData(await response.arrayBuffer());
        }
      }),
    );
    if (asked === this._asked) {
      this._buffers = buffers;
      this._start();
    }
  }

  play() {
    this.playing = true;
    void this._context?.resume(); // browsers start it after a press only
    this._start();
  }

  _start() {
    const context = this._context;
    if (!context || !this._buffers.a || !this.playing || this._sources.length) {
      return;
    }
    this._beganS = context.currentTime - this._placeS;
    for (const kind of KINDS) {
      const buffer = this._buffers[kind];
      if (!buffer) {
        continue;
      }
      const source = new AudioBufferSourceNode(context, { buffer, loop: true, loopEnd: this._lengthS });
      const gain = new GainNode(context, { gain: kind === this._heard ? 1 : 0 });
      source.connect(gain).connect(context.destination);
      source.start(0, this._placeS);
      this._sources.push(source);
      this._gains[kind] = gain;
    }
    this._follow();
  }

  pause() {
    if (this._context && this._sources.length) {
      this._placeS = (this._context.currentTime - this._beganS) % this._lengthS;
    }
    this.playing = false;
    this._sources.forEach((source) => source.stop());
    this._sources = [];
    this._gains = {};
  }

  /** Forget the sounds. */
  stop() {
    this.pause();
    this._asked++;
    this._buffers = {};
    this._placeS = 0;
    this.onPlace(0);
  }

  /** @param {Kind} kind */
  hear(kind) {
    this._heard = kind;
    for (const one of KINDS) {
      const gain = this._gains[one]?.gain;
      gain?.setTargetAtTime(one === kind ? 1 : 0, this._context?.currentTime ?? 0, FADE_S / 3);
    }
  }

  _follow() {
    if (this._context && this._sources.length) {
      const place = (this._context.currentTime - this._beganS) % this._lengthS;
      this.onPlace(place / this._lengthS);
      requestAnimationFrame(() => this._follow());
    }
  }
}
