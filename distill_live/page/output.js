/**
 * The top bar: what is heard, how loud, and how to stop it.
 *
 * Gain, mute and panic are in view in every layout. Beside them are meters, load, underruns, the
 * device, and the button that lets the browser play.
 */

import { action, button, fader, toggle } from "./controls.js";
import { listenButton } from "./listen_button.js";
import { Meters } from "./meters.js";
import { changeTheme } from "./theme.js";

/** @typedef {import("./connection.js").Connection} Connection */
/** @typedef {import("./notices.js").Notices} Notices */

/** Interval at which load and underruns are written; the meters come more often. */
const SHOWN_MS = 500;
const HIGH_LOAD = 0.8;

/** For so long underruns are lit after the last one. */
const LIT_MS = 5000;

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
    this._underrunMs = -Infinity;
    this._economy = 0;
    const status = document.createElement("p");
    status.append(this._load.element, this._underruns.element, this._device.element);
    this.element.append(this._model.element, status);
    connection.listen("/meter/load", ([load]) => void (this._loadNow = Number(load)));
    connection.listen("/meter/underruns", ([count]) => void (this._underrunsNow = Number(count)));
    connection.watch("/economy", ([level]) => void (this._economy = Number(level)));
    connection.listen("/status.reply", (values) => {
      this._model.text.data = String(values[0]);
      document.title = `${values[0]} – Distill Live`;
    });
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
    const saving = this._economy ? ", saving" : "";
    this._load.text.data = `load ${Math.round(100 * this._loadNow)} %${saving}`;
    this._load.element.classList.toggle("bad", this._loadNow > HIGH_LOAD || this._economy > 0);
    const count = this._underrunsNow;
    if (count > this._underrunsShown) {
      this._underrunMs = performance.now();
    }
    this._underruns.text.data = count === 1 ? "1 underrun" : `${count} underruns`;
    this._underruns.element.classList.toggle("bad", performance.now() - this._underrunMs < LIT_MS);
    this._underrunsShown = count;
  }
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
