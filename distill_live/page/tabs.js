/**
 * Tabs: which panel is shown where the layout has no room for all.
 *
 * A wide layout always shows some panels and hides their tabs; the stylesheet decides which.
 */

import { actOnPress } from "./controls.js";

export class Tabs {
  /**
   * @param {HTMLElement} nav
   * @param {HTMLElement[]} panels each with an id and an `aria-label`
   */
  constructor(nav, panels) {
    this._panels = panels;
    this._tabs = panels.map((panel) => this._tab(panel));
    nav.append(...this._tabs);
    this._chosen = panels[0];
    addEventListener("resize", () => this._keepInView());
    this.choose(panels[0]);
    this._keepInView();
  }

  /** @param {HTMLElement} chosen */
  choose(chosen) {
    this._chosen = chosen;
    this._panels.forEach((panel, n) => {
      panel.classList.toggle("chosen", panel === chosen);
      this._tabs[n].setAttribute("aria-expanded", String(panel === chosen));
    });
  }

  /** @param {HTMLElement} panel */
  _tab(panel) {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.className = "tab";
    tab.textContent = panel.getAttribute("aria-label");
    tab.dataset.panel = panel.id;
    tab.setAttribute("aria-controls", panel.id);
    actOnPress(tab, () => this.choose(panel));
    return tab;
  }

  /** Choose another panel if the layout shows the chosen one anyway. */
  _keepInView() {
    const shown = this._tabs.map((tab) => getComputedStyle(tab).display !== "none");
    if (!shown[this._panels.indexOf(this._chosen)]) {
      const first = shown.indexOf(true);
      if (first >= 0) {
        this.choose(this._panels[first]);
      }
    }
  }
}
