/** The list of keys, shown by the question mark. */

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
    for (const { names, text } of shortcuts.all) {
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
