/** The line that says what was refused, and why. */

const SHOWN_MS = 6000;

export class Notices {
  /**
   * @param {HTMLElement} element a live region
   */
  constructor(element) {
    this._element = element;
    this._timer = 0;
  }

  /**
   * Show a text for a few seconds.
   *
   * @param {string} text
   */
  show(text) {
    this._element.textContent = text;
    this._element.classList.add("shown");
    clearTimeout(this._timer);
    this._timer = setTimeout(() => this._element.classList.remove("shown"), SHOWN_MS);
  }

  /**
   * Show what the instrument refuses, and what it warns of.
   *
   * @param {import("./connection.js").Connection} connection
   */
  showRefusals(connection) {
    connection.listen("/warning", ([text]) => this.show(String(text)));
    connection.addEventListener("refused", (event) => {
      const { address, text } = /** @type {CustomEvent} */ (event).detail;
      this.show(`${address}: ${text}`);
    });
  }
}
