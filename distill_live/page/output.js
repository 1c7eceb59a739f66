/**
 * The top bar: what is heard, how loud, and how to stop it.
 *
 * Gain, mute and panic are in view in every layout. Beside them are meters, load, underruns, the
 * device, and the button that lets the browser play.
 */

import { action, button, fader, toggle } from "./controls.js";
import { Meters } from "./meters.js";
import { changeTheme } from "./theme.js";

/** @typedef {import("./connection.js").Connection} Connection */
/** @typedef {import("./notices.js").Notices} Notices */

/** Interval at which load and underruns are written; the meters come more often. */
const SHOWN_MS = 500;
const HIGH_LOAD = 0.8;

const LISTEN = "listen here";

/** In the name of the output that is none. */
const NO_DEVICE = "null output";

const LISTEN_MODULE = "./listen.js";

/**
 * Build the top bar.
 *
 * @param {HTMLElement} element
 * @param {Connection} connection
 * @param {Notices} notices
 */
export function buildOutput(element, connection, notices) {
  const meters = region("levels");
  new Meters(meters, connection);
  const gain = fader(connection, "/gain", { small: true });
  gain.classList.add("gain");
  const theme = button("\u25d0", changeTheme);
  theme.classList.add("theme");
  theme.setAttribute("aria-label", "Light or dark");
  const play = toggle(connection, "/play");
  play.classList.add("play");
  const mute = toggle(connection, "/mute");
  mute.classList.add("mute");
  const panic = action(connection, "/panic");
  panic.classList.add("panic");
  const identity = new Identity(connection);
  element.querySelector("#listen")?.append(listenButton(connection, notices), theme);
  element.querySelector("#identity")?.append(identity.element);
  element.querySelector("#level")?.append(gain, meters);
  element.querySelector("#safety")?.append(play, mute, panic);
}

/** The model's name, and one quiet line: load, underruns and device. */
class Identity {
  /** @param {Connection} connection */
  constructor(connection) {
    this.element = region("identity");
    this._connection = connection;
    this._model = line("strong");
    this._device = line("span");
    this._load = line("span");
    this._underruns = line("span");
    this._loadNow = 0;
    this._underrunsNow = 0;
    this._underrunsShown = 0;
    const status = document.createElement("p");
    status.append(this._load.element, this._underruns.element, this._device.element);
    this.element.append(this._model.element, status);
    connection.listen("/meter/load", ([load]) => void (this._loadNow = Number(load)));
    connection.listen("/meter/underruns", ([count]) => void (this._underrunsNow = Number(count)));
    connection.listen("/status.reply", ([model]) => void (this._model.text.data = String(model)));
    connection.listen("/device.reply", ([name]) => void (this._device.text.data = String(name)));
    for (const path of ["/model/info", "/model/changed"]) {
      connection.listen(path, () => connection.send("/status"));
    }
    connection.addEventListener("synced", () => this._ask());
    setInterval(() => this._show(), SHOWN_MS);
    this._ask();
  }

  _ask() {
    this._connection.send("/status");
    this._connection.send("/device");
  }

  _show() {
    this._load.text.data = `load ${Math.round(100 * this._loadNow)} %`;
    this._load.element.classList.toggle("bad", this._loadNow > HIGH_LOAD);
    const count = this._underrunsNow;
    this._underruns.text.data = count === 1 ? "1 underrun" : `${count} underruns`;
    this._underruns.element.classList.toggle("bad", count > this._underrunsShown);
    this._underrunsShown = count;
  }
}

/**
 * The button that plays the instrument in this browser; its module is read when it is wanted. It
 * stands out where the instrument has no device.
 *
 * @param {Connection} connection
 * @param {Notices} notices
 */
function listenButton(connection, notices) {
  /** @type {any} */
  let listener = null;
  const element = button(LISTEN, async () => {
    if (listener) {
      const { state } = listener;
      await (state === "off" ? listener.start() : listener.stop());
      return;
    }
    try {
      const { Listener } = await import(LISTEN_MODULE);
      listener = new Listener();
      listener.addEventListener("change", () => show());
      await listener.start();
    } catch (error) {
      listener = null;
      notices.show(`This browser cannot play: ${error instanceof Error ? error.message : error}`);
    }
  });
  element.classList.add("listen");
  connection.watch("/device.reply", ([name]) =>
    element.classList.toggle("offered", String(name).includes(NO_DEVICE)),
  );
  element.setAttribute("aria-pressed", "false");
  const show = () => {
    const { state, latencySeconds, gaps } = listener;
    const delay = `${Math.round(1000 * latencySeconds)} ms`;
    element.setAttribute("aria-pressed", String(state !== "off"));
    element.textContent =
      state === "off" ? LISTEN : state === "playing" ? (gaps > 0 ? `${delay}, ${gaps} gaps` : delay) : state;
  };
  return element;
}

/** @param {string} name */
function region(name) {
  const element = document.createElement("div");
  element.className = name;
  return element;
}

/**
 * A text that changes without new nodes.
 *
 * @param {"strong" | "span"} tag
 */
function line(tag) {
  const element = document.createElement(tag);
  const text = document.createTextNode("");
  element.append(text);
  return { element, text };
}
