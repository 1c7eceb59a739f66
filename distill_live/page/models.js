/** Models in slots: blend, fade, load from the library, unload. */

import { actOnPress, button, fader } from "./controls.js";
import { confirmedButton } from "./confirm.js";
import { Fader } from "./fader.js";
import { icon } from "./icons.js";
import { followList } from "./list_follower.js";

/** @typedef {import("./connection.js").Connection} Connection */

/** A list is asked for again after this, while a model is loaded or faded, or a weight was moved. */
const CHANGING_MS = 400;

/** For so long after a move by hand, a weight that was asked for before does not count. */
const OWN_MOVE_MS = 300;

/**
 * Build the panel.
 *
 * @param {HTMLElement} element
 * @param {import("./main.js").Page} page
 */
export function buildModels(element, { connection }) {
  element.append(new Models(connection).element);
}

class Models {
  /** @param {Connection} connection */
  constructor(connection) {
    this._connection = connection;
    this._timer = 0;
    const tree = /** @type {import("./tree.js").Tree} */ (connection.tree);
    const blend = tree.get("/model/blend");
    this._slots = Array.from(
      { length: blend.args[0].max },
      (_, n) => new Slot(connection, blend, n + 1, (slot) => void this._choose(slot)),
    );
    this._library = document.createElement("div");
    this._library.className = "list";
    this._library.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.preventDefault(); // it closes the library, and ends no sound
        this._close();
      }
    });
    this._list = document.createElement("div");
    this._list.className = "list";
    this._list.append(
      ...this._slots.map(({ element }) => element),
      fader(connection, "/model/fade"),
    );
    this.element = document.createElement("div");
    this.element.className = "models";
    this.element.append(this._list, this._library);
    this._library.hidden = true;

    this._load = followList(connection, "model", (rows) => this._show(rows));
    connection.listen("/model/blend", ([slot, weight]) => {
      this._slots[Number(slot) - 1]?.follow(Number(weight));
      this._soon();
    });
    connection.addEventListener("refused", (event) => {
      if (/** @type {CustomEvent} */ (event).detail.address.startsWith("/model/")) {
        this._soon();
      }
    });
    for (const slot of this._slots) {
      slot.element.addEventListener("input", () => this._soon());
    }
  }

  /** @param {import("./osc.js").Value[][]} rows */
  _show(rows) {
    let changing = false;
    for (const slot of this._slots) {
      const row = rows.find(([number]) => number === slot.number);
      const name = row ? String(row[1]) || slot.name || "…" : ""; // one that arrives has none
      slot.show(name, Number(row?.[2] ?? 0), String(row?.[3] ?? ""));
      changing ||= row !== undefined && row[3] !== "ready";
    }
    if (changing) {
      this._soon();
    }
  }

  _soon() {
    clearTimeout(this._timer);
    this._timer = setTimeout(this._load, CHANGING_MS);
  }

  /**
   * Show the library, to load a model into a slot.
   *
   * @param {Slot} slot
   */
  async _choose(slot) {
    const byKey = document.activeElement !== document.body;
    const back = button("", () => this._close());
    back.classList.add("square");
    back.append(icon("back"));
    back.setAttribute("aria-label", "back to the slots");
    const title = document.createElement("strong");
    title.textContent = `slot ${slot.number}`;
    const head = document.createElement("div");
    head.className = "head";
    head.append(back, title);
    this._library.replaceChildren(head);
    this._list.hidden = true;
    this._library.hidden = false;
    this._opened = slot;
    if (byKey) {
      back.focus();
    }
    const rows = await this._connection.list("/library/list", "/library/info", "/library/end");
    // unless it was opened anew meanwhile, which shows the list itself
    if (head.isConnected) {
      this._library.append(...(rows ?? []).map(([, name, text]) => this._model(slot, String(name), String(text))));
    }
  }

  _close() {
    const inside = this._library.contains(document.activeElement);
    this._library.hidden = true;
    this._list.hidden = false;
    if (inside) {
      this._opened?.open.focus();
    }
    this._opened = null;
  }

  /**
   * @param {Slot} slot
   * @param {string} name
   * @param {string} text
   */
  _model(slot, name, text) {
    const model = document.createElement("button");
    model.type = "button";
    model.className = "model";
    model.dataset.address = "/model/load";
    const title = document.createElement("strong");
    title.textContent = name;
    const description = document.createElement("small");
    description.textContent = text;
    model.append(title, description);
    const load = () => {
      this._connection.send("/model/load", slot.number, name);
      this._close();
      this._soon();
    };
    actOnPress(model, load, { scrolls: true });
    return model;
  }

  /** @type {Slot | null} */
  _opened = null;
}

/** One slot: the weight of its model, and what changes it. */
class Slot {
  /**
   * @param {Connection} connection
   * @param {import("./tree.js").Parameter} blend
   * @param {number} number
   * @param {(slot: Slot) => void} choose
   */
  constructor(connection, blend, number, choose) {
    this.number = number;
    this.name = "";
    this._movedMs = -Infinity;
    this.element = document.createElement("div");
    this.element.className = "row slot";
    const [, weight] = blend.args;
    this._weight = new Fader().configure({
      ...weight,
      label: String(number),
      description: blend.description,
      fallback: null,
    });
    this._weight.dataset.address = "/model/blend";
    this._label = /** @type {HTMLElement} */ (this._weight.querySelector(".label"));
    this._weight.addEventListener("input", () => {
      this._movedMs = performance.now();
      connection.send("/model/blend", number, this._weight.value);
    });
    this._empty = document.createElement("span");
    this._empty.className = "vacant";
    this._empty.textContent = String(number);
    this.open = button("", () => choose(this));
    this.open.classList.add("square");
    this.open.append(icon("open"));
    this.open.title = connection.tree?.get("/model/load").description ?? "";
    this.open.setAttribute("aria-label", `load a model into slot ${number}`);
    this._unload = confirmedButton("×", `unload slot ${number}`, () =>
      connection.send("/model/unload", number),
    );
    this._unload.classList.add("square");
    this._unload.dataset.address = "/model/unload";
    this.element.append(this._weight, this._empty, this.open, this._unload);
    this.show("", 0, "");
  }

  /**
   * @param {string} name empty for an empty slot
   * @param {number} weight
   * @param {string} state
   */
  show(name, weight, state) {
    this.name = name;
    this._weight.hidden = this._unload.hidden = name === "";
    this._empty.hidden = name !== "";
    this._label.textContent = `${this.number}  ${name}`;
    this._weight.setAttribute("aria-label", `weight of ${name} in slot ${this.number}`);
    this.element.dataset.state = state;
    this.element.setAttribute("aria-busy", String(state === "loading" || state === "fading"));
    this.follow(weight);
  }

  /** @param {number} weight */
  follow(weight) {
    const moved = performance.now() - this._movedMs < OWN_MOVE_MS;
    if (!moved && !this._weight.held) {
      this._weight.value = weight;
    }
  }
}
