/** Files that are dropped or chosen, and their way to the server: three at once. */

/**
 * A file and the name under which it is kept.
 *
 * @typedef {{name: string, file: File}} Item
 */

const AT_ONCE = 3;

/** Between the names of folders and file, which become one name. */
const BETWEEN = " - ";

/** Uploads of this page; event `change`. */
export class Uploads extends EventTarget {
  /** @param {import("./server.js").Server} server */
  constructor(server) {
    super();
    this._server = server;
    this._stop = new AbortController();
    /** @type {(Item & {folder: string})[]} */
    this._waiting = [];
    /** @type {Map<Item, number>} bytes sent, of what is under way */
    this._sent = new Map();
    this._active = 0;
    this._doneBytes = 0;
    this._allBytes = 0;
    this.count = 0;
    this.done = 0;
    /** @type {{name: string, text: string}[]} */
    this.errors = [];
    addEventListener("beforeunload", (event) => {
      if (this.running) {
        event.preventDefault(); // the browser asks: what is not sent yet is lost
      }
    });
  }

  get running() {
    return this._active > 0;
  }

  /** Share of the bytes, 0..1. */
  get share() {
    const underWay = [...this._sent.values()].reduce((sum, bytes) => sum + bytes, 0);
    return this._allBytes > 0 ? (this._doneBytes + underWay) / this._allBytes : 0;
  }

  /**
   * Send files to a folder.
   *
   * @param {string} folder
   * @param {Item[]} items
   */
  async add(folder, items) {
    if (!this.running) {
      this._stop = new AbortController();
      this._doneBytes = this._allBytes = this.count = this.done = 0;
      this.errors = [];
    }
    this._waiting.push(...items.map((item) => ({ ...item, folder })));
    this.count += items.length;
    this._allBytes += items.reduce((sum, { file }) => sum + file.size, 0);
    const workers = Math.min(AT_ONCE - this._active, items.length);
    this._active += workers;
    this._changed();
    await Promise.all(Array.from({ length: workers }, () => this._work()));
  }

  stop() {
    this._waiting.length = 0;
    this._stop.abort();
  }

  async _work() {
    for (;;) {
      const item = this._waiting.shift();
      if (!item) {
        break;
      }
      const { folder, name, file } = item;
      const onProgress = (/** @type {number} */ bytes) => {
        this._sent.set(item, bytes);
        this._changed();
      };
      try {
        await this._server.upload(folder, name, file, onProgress, this._stop.signal);
        this.done += this._stop.signal.aborted ? 0 : 1;
      } catch (error) {
        this.errors.push({ name, text: error instanceof Error ? error.message : String(error) });
      }
      this._sent.delete(item);
      this._doneBytes += file.size;
      this._changed();
    }
    this._active--;
    this._changed();
  }

  _changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/**
 * The files of a drop, those in folders too, and the name of the folder if it is a single one.
 *
 * @param {DataTransfer} transfer
 * @returns {Promise<{items: Item[], folder: string}>}
 */
export async function droppedFiles(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  const files = [...transfer.files]; // both are read at once: the transfer ends with this call
  if (entries.some((entry) => entry === null)) {
    return { items: files.map((file) => ({ name: file.name, file })), folder: "" };
  }
  const single = entries.length === 1 && entries[0]?.isDirectory ? entries[0] : null;
  const roots = single ? await childrenOf(single) : entries;
  const found = await Promise.all(roots.map((entry) => filesOf(/** @type {FileSystemEntry} */ (entry), "")));
  return { items: found.flat(), folder: single?.name ?? "" };
}

/**
 * The files of an input, those of a chosen folder with the names of its inner folders.
 *
 * @param {FileList} files
 * @returns {{items: Item[], folder: string}}
 */
export function chosenFiles(files) {
  const items = [...files].map((file) => ({
    name: file.webkitRelativePath.split("/").slice(1).join(BETWEEN) || file.name,
    file,
  }));
  return { items, folder: files[0]?.webkitRelativePath.split("/")[0] ?? "" };
}

/**
 * @param {FileSystemEntry} entry
 * @param {string} prefix names of the folders that it is in
 * @returns {Promise<Item[]>}
 */
async function filesOf(entry, prefix) {
  if (entry.isDirectory) {
    const children = await childrenOf(entry);
    const found = await Promise.all(
      children.map((child) => filesOf(child, `${prefix}${entry.name}${BETWEEN}`)),
    );
    return found.flat();
  }
  const file = await new Promise((resolve, reject) =>
    /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject),
  );
  return [{ name: prefix + entry.name, file }];
}

/**
 * @param {FileSystemEntry} folder
 * @returns {Promise<FileSystemEntry[]>}
 */
async function childrenOf(folder) {
  const reader = /** @type {FileSystemDirectoryEntry} */ (folder).createReader();
  const children = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) {
      return children;
    }
    children.push(...some); // browsers give a hundred at most at a time
  }
}
