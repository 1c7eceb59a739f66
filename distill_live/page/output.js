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

const STATUS_MS = 1000;
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
  element.querySelector("#listen")?.append(listenButton(notices), theme);
  element.querySelector("#identity")?.append(identity.element);
  element.querySelector("#level")?.append(gain, meters);
  element.querySelector("#safety")?.append(play, mute, panic);
}

/** The model's name, and one quiet line: device, load and underruns. */
class Identity {
  /** @param {Connection} connection */
  constructor(connection) {
    this.element = region("identity");
    this._connection = connection;
    this._model = line("strong");
    this._device = line("span");
    this._load = line("span");
    this._underruns = line("span");
    this._lastUnderruns = 0;
    const status = document.createElement("p");
    status.append(this._load.element, this._underruns.element, this._device.element);
    this.element.append(this._model.element, status);
    connection.listen("/meter/load", ([load]) => void (this._averageLoad = Number(load)));
    connection.listen("/status.reply", ([model, , , underruns]) =>
      this._show(String(model), Number(underruns)),
    );
    connection.listen("/device.reply", ([name]) => void (this._device.text.data = String(name)));
    connection.addEventListener("synced", () => this._ask());
    setInterval(() => !document.hidden && connection.send("/status"), STATUS_MS);
    this._averageLoad = 0;
    this._ask();
  }

  _ask() {
    this._connection.send("/status");
    if (this._connection.tree?.find("/device")) {
      this._connection.send("/device");
    }
  }

  /**
   * @param {string} model
   * @param {number} underruns
   */
  _show(model, underruns) {
    this._model.text.data = model;
    this._load.text.data = `load ${Math.round(100 * this._averageLoad)} %`;
    this._load.element.classList.toggle("bad", this._averageLoad > 0.8);
    this._underruns.text.data = underruns === 1 ? "1 underrun" : `${underruns} underruns`;
    this._underruns.element.classList.toggle("bad", underruns > this._lastUnderruns);
    this._lastUnderruns = underruns;
  }
}

/**
 * The button that plays the instrument in this browser; its module is read when it is wanted.
 *
 * @param {Notices} notices
 */
function listenButton(notices) {
  /** @type {any} */
  let listener = null;
  const element = button("listen here", async () => {
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
  element.setAttribute("aria-pressed", "false");
  const show = () => {
    const { state, latencySeconds, gaps } = listener;
    element.setAttribute("aria-pressed", String(state !== "off"));
    const missed = gaps > 0 ? `, ${gaps} gaps` : "";
    element.textContent =
      state === "off" ? "listen here" : `${state} ${Math.round(1000 * latencySeconds)} ms${missed}`;
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
