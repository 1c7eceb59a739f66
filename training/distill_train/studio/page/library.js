/** Models: the library as cards; rename, export, remove, import, and a choice of two to compare. */

import { confirmedButton } from "/page/confirm.js";
import { keepSize } from "/page/frames.js";
import { Landmarks, opaque } from "/page/landmarks.js";
import { MapView } from "/page/map_view.js";
import { watchTheme } from "/page/theme.js";
import { Comparison } from "./compare.js";
import { clickButton, inWords, KeyedList, labelled, make, setOptions } from "./dom.js";
import { whenSeen } from "./lazy.js";
import { address } from "./server.js";

/** @typedef {import("./server.js").Model & {preferredTo: string[]}} Model */

/**
 * What the server tells of one model.
 *
 * @typedef {object} Details
 * @property {string} card
 * @property {[number, number, number][]} map x, y and recording of each landmark
 * @property {string[]} recording_names
 * @property {string | null} verdict
 */

/**
 * Build the panel.
 *
 * @param {HTMLElement} element
 * @param {import("./main.js").Studio} studio
 */
export function buildLibrary(element, studio) {
  const { server } = studio;
  const cards = make("ul", { className: "cards" });
  /** @type {string[]} */
  let pair = [];
  const build = (/** @type {Model} */ model) =>
    new Card(studio, model, (chosen) => {
      pair = chosen ? [...pair, model.id].slice(-2) : pair.filter((id) => id !== model.id);
      showPair();
    });
  const list = new KeyedList(cards, cardKey, build);
  const file = make("input", { type: "file", accept: ".distill", className: "unseen", tabIndex: -1 });
  file.setAttribute("aria-hidden", "true");
  file.addEventListener("change", () => {
    const chosen = file.files?.[0];
    file.value = "";
    if (chosen) {
      studio.attempt(studio.importModel(chosen.name, chosen));
    }
  });
  const folder = make("select", { className: "field" });
  const compare = clickButton("compare", () => {
    studio.attempt(comparison.begin(pair[0], pair[1], folder.value));
  }, "primary");
  const hint = make("p", { className: "hint" });
  const comparison = new Comparison(studio);
  element.append(
    make(
      "div",
      { className: "row bar" },
      clickButton("import a model", () => file.click()),
      file,
      labelled("compare on recordings of", folder),
      compare,
      hint,
    ),
    comparison.element,
    cards,
  );
  server.watch(({ models, folders, choices }) => {
    list.show(models.map((model) => ({ ...model, preferredTo: beaten(model, models, choices) })));
    pair = pair.filter((id) => models.some((model) => model.id === id));
    setOptions(folder, [...folders, { id: "", name: "nothing: the walk alone" }]);
    showPair();
  });

  function showPair() {
    const names = pair.map((id) => server.state?.models.find((model) => model.id === id)?.name ?? "");
    compare.disabled = pair.length !== 2;
    hint.textContent =
      pair.length === 2 ? `${names[0]} and ${names[1]}` : "Tick two models to hear them side by side.";
    for (const box of cards.querySelectorAll("input[type=checkbox]")) {
      const input = /** @type {HTMLInputElement} */ (box);
      input.checked = pair.includes(input.value);
    }
  }
}

/**
 * Names of the models that one was preferred to, by the last choice between the two.
 *
 * @param {import("./server.js").Model} model
 * @param {import("./server.js").Model[]} models
 * @param {import("./server.js").Choice[]} choices
 */
function beaten({ fingerprint }, models, choices) {
  /** @type {Map<string, boolean>} */
  const won = new Map();
  for (const { a, b, winner } of choices) {
    if (a === fingerprint || b === fingerprint) {
      won.set(a === fingerprint ? b : a, winner === fingerprint);
    }
  }
  return models.filter((other) => won.get(other.fingerprint ?? "")).map(({ name }) => name);
}

/**
 * A model of another name or content has another card.
 *
 * @param {Model} model
 */
function cardKey({ id, fingerprint }) {
  return `${id} ${fingerprint}`;
}

class Card {
  /**
   * @param {import("./main.js").Studio} studio
   * @param {Model} model
   * @param {(chosen: boolean) => void} onChoose
   */
  constructor(studio, model, onChoose) {
    const { server } = studio;
    const { id } = model;
    this._facts = make("p", { className: "hint" });
    this._axes = make("p", { className: "axis-names" });
    this._wins = make("p", { className: "wins" });
    this._scores = make("dl", { className: "scores" });
    const cardText = make("pre", { className: "card-text", tabIndex: 0 });
    const verdict = make("p", { className: "hint" });
    const map = new MapPicture();
    const box = make("input", { type: "checkbox", value: id });
    box.addEventListener("change", () => onChoose(box.checked));
    box.setAttribute("aria-label", `compare ${model.name}`);
    const name = make("input", { className: "field", value: model.name, maxLength: 80, required: true });
    const rename = make(
      "form",
      {
        className: "row",
        onsubmit: (event) => {
          event.preventDefault();
          studio.attempt(server.post("/api/model/rename", { id, name: name.value.trim() }));
        },
      },
      labelled("name", name),
      make("button", { className: "button", textContent: "rename" }),
    );
    const remove = confirmedButton("remove", `remove ${model.name}`, () =>
      studio.attempt(server.post("/api/model/remove", { id })),
    );
    this._own = make("div", { className: "own" }, rename, remove);
    const more = make(
      "details",
      {},
      make("summary", { textContent: "more" }),
      this._scores,
      make("a", {
        className: "button",
        textContent: "export",
        href: address("/api/model/file", { id }),
        download: "",
      }),
      this._own,
      cardText,
    );
    this.element = make(
      "li",
      { className: "card" },
      map.element,
      make("div", { className: "row" }, make("label", { className: "tick" }, box), make("h2", { textContent: model.name })),
      this._facts,
      verdict,
      this._axes,
      this._wins,
      make(
        "div",
        { className: "row" },
        clickButton("play", () => studio.play(id), "primary"),
        clickButton("render", () => studio.render(id)),
      ),
      more,
    );
    whenSeen(map.element, async () => {
      const details = await server.get("/api/model", { id });
      map.show(details);
      cardText.textContent = details.card;
      verdict.textContent = details.verdict ?? "";
    });
    this.show(model);
  }

  /** @param {Model} model */
  show({ seconds, recordings, bytes, axes, scores, preferredTo, shipped, error }) {
    const facts = [
      seconds === undefined ? "" : `${inWords(seconds)} of sound`,
      recordings === undefined ? "" : `${recordings} recording${recordings === 1 ? "" : "s"}`,
      `${(bytes / 1e6).toFixed(1)} MB`,
    ];
    this._facts.textContent = error ?? facts.filter(Boolean).join(", ");
    this._facts.classList.toggle("bad", Boolean(error));
    this._axes.textContent = (axes ?? []).join(", ");
    this._wins.hidden = preferredTo.length === 0;
    this._wins.textContent = `preferred to ${preferredTo.join(", ")}`;
    this._own.hidden = shipped;
    this._scores.replaceChildren(
      ...Object.entries(scores ?? {}).flatMap(([label, value]) => [
        make("dt", { textContent: label.replaceAll("_", " ") }),
        make("dd", { textContent: typeof value === "number" ? value.toPrecision(3) : value }),
      ]),
    );
  }
}

/** The map of a model, still. */
class MapPicture {
  constructor() {
    this._landmarks = new Landmarks();
    this._view = new MapView();
    this.element = make("canvas", { className: "map-picture" });
    this.element.setAttribute("role", "img");
    this.element.setAttribute("aria-label", "map of the recordings");
    keepSize(this.element, () => this._draw());
    watchTheme(() => this._draw());
  }

  /** @param {Details} details */
  show({ map, recording_names }) {
    this._landmarks.take(map.map(([x, y, recording], n) => [n, recording_names[recording], 0, x, y]));
    this._draw();
  }

  _draw() {
    const { width, clientWidth, clientHeight } = this.element;
    if (width === 0 || clientWidth === 0 || this._landmarks.count === 0) {
      return; // clientWidth: it was hidden just now
    }
    this._landmarks.useTheme();
    this._view.resize(clientWidth, clientHeight);
    this._landmarks.copyTo(opaque(this.element), this._view, width / clientWidth);
  }
}
