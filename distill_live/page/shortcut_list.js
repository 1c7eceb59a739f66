/** The list of keys, shown by the question mark. */

/** Keys of the control that has the focus. */
const OF_CONTROLS = [
  { names: "arrows", text: "the fader, or the point on the map, a little; with Shift finer, or further" },
  { names: "Page Up, Page Down", text: "the fader by a tenth; zoom on the map" },
  { names: "Home, End", text: "the fader's least and largest value" },
  { names: "Delete", text: "the fader's default value" },
  { names: "Enter", text: "on the map: to the nearest landmark" },
];

/**
 * Add the key that shows the list.
 *
 * @param {import("./keyboard.js").Shortcuts} shortcuts
 */
export function addShortcutList(shortcuts) {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", "Keys");
  document.body.append(dialog);
  shortcuts.add(["?"], "this list", () => {
    const list = document.createElement("dl");
    for (const { names, text } of [...shortcuts.all, ...OF_CONTROLS]) {
      const name = document.createElement("dt");
      name.textContent = names;
      const does = document.createElement("dd");
      does.textContent = text;
      list.append(name, does);
    }
    dialog.replaceChildren(list);
    dialog.showModal();
  });
  dialog.addEventListener("pointerdown", () => dialog.close());
}
