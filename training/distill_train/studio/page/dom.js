/** Elements of the studio: made in one call, and lists that keep theirs while values change. */

/**
 * An element with properties and children.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Partial<HTMLElementTagNameMap[Tag]>} [properties]
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/**
 * A button that acts on a click.
 *
 * @param {string} label
 * @param {() => void} act
 * @param {string} [className] added
 */
export function clickButton(label, act, className = "") {
  return make("button", {
    type: "button",
    className: `button ${className}`,
    textContent: label,
    onclick: act,
  });
}

let labels = 0;

/**
 * A control with its name above, and what it means below.
 *
 * @param {string} name
 * @param {HTMLElement} control
 * @param {string} [meaning]
 */
export function labelled(name, control, meaning = "") {
  control.id = `control-${labels++}`;
  const label = make("label", { htmlFor: control.id, textContent: name });
  const element = make("div", { className: "labelled" }, label, control);
  if (meaning) {
    const id = `${control.id}-meaning`;
    control.setAttribute("aria-describedby", id);
    element.append(make("small", { id, textContent: meaning }));
  }
  return element;
}

let groups = 0;

/**
 * A group of radio buttons, each with what it means.
 *
 * @param {string} name
 * @param {{name: string, text: string}[]} choices the first one is chosen
 * @param {() => void} [onChange]
 * @returns {{element: HTMLFieldSetElement, readonly value: string}}
 */
export function choice(name, choices, onChange = () => {}) {
  const group = `choice-${groups++}`;
  const inputs = choices.map((one, n) =>
    make("input", { type: "radio", name: group, value: one.name, checked: n === 0 }),
  );
  const element = make(
    "fieldset",
    { className: "choice", onchange: onChange },
    make("legend", { textContent: name }),
    ...choices.map(({ name: label, text }, n) =>
      make(
        "label",
        {},
        inputs[n],
        make("span", {}, make("b", { textContent: label }), " ", make("small", { textContent: text })),
      ),
    ),
  );
  return {
    element,
    get value() {
      return inputs.find(({ checked }) => checked)?.value ?? "";
    },
  };
}

/**
 * Give a `<select>` other options, and keep what is chosen where it is still there.
 *
 * @param {HTMLSelectElement} select
 * @param {{id: string, name: string}[]} options
 */
export function setOptions(select, options) {
  const old = [...select.options];
  const same = (/** @type {HTMLOptionElement} */ one, /** @type {number} */ n) =>
    one.value === options[n].id && one.text === options[n].name;
  if (old.length === options.length && old.every(same)) {
    return; // an open list is not disturbed
  }
  const chosen = old.length ? select.value : null; // an empty select has the value of an empty id
  select.replaceChildren(...options.map(({ id, name }) => make("option", { value: id, text: name })));
  if (chosen !== null && options.some(({ id }) => id === chosen)) {
    select.value = chosen;
  }
}

/**
 * A list whose elements stay while their items change: focus, typed text and sound are kept.
 *
 * @template Item
 */
export class KeyedList {
  /**
   * @param {HTMLElement} element
   * @param {(item: Item) => string} key
   * @param {(item: Item) => {element: HTMLElement, show?: (item: Item) => void}} build
   */
  constructor(element, key, build) {
    this.element = element;
    this._key = key;
    this._build = build;
    /** @type {Map<string, {element: HTMLElement, show?: (item: Item) => void}>} */
    this._rows = new Map();
  }

  /** @param {Item[]} items */
  show(items) {
    const focused = document.activeElement;
    const place = [...this.element.children].findIndex((row) => row.contains(focused));
    const keys = new Set(items.map(this._key));
    for (const [key, row] of this._rows) {
      if (!keys.has(key)) {
        row.element.remove();
        this._rows.delete(key);
      }
    }
    items.forEach((item, n) => {
      let row = this._rows.get(this._key(item));
      if (!row) {
        row = this._build(item);
        this._rows.set(this._key(item), row);
      }
      if (this.element.children[n] !== row.element) {
        this.element.insertBefore(row.element, this.element.children[n] ?? null);
      }
      row.show?.(item);
    });
    if (place >= 0 && !this.element.contains(document.activeElement)) {
      this._focus(focused, place); // its row is gone, or has moved
    }
  }

  /**
   * Give the focus back, or to the row that has taken the place of the one that had it.
   *
   * @param {Element | null} focused
   * @param {number} place
   */
  _focus(focused, place) {
    const { children } = this.element;
    const next = children[Math.min(place, children.length - 1)]?.querySelector("button:not([hidden]), input");
    const element = this.element.contains(focused) ? focused : next;
    if (element instanceof HTMLElement) {
      element.focus();
    }
  }
}

/**
 * A duration in words: `4.2 s`, `3 min`, `1 h 20 min`.
 *
 * @param {number} seconds
 */
export function inWords(seconds) {
  if (seconds < 100) {
    return `${seconds < 10 ? seconds.toFixed(1) : seconds.toFixed(0)} s`;
  }
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
