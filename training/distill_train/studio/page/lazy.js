/** Loads of what is seen: a row that is scrolled past, or a part that is not shown, costs nothing. */

/** Loads under way at once: a browser has six connections to a server, and one holds its events. */
const AT_ONCE = 2;

/** @type {WeakMap<Element, () => Promise<void>>} of elements that are observed */
const loads = new WeakMap();

/** @type {Set<Element>} in view, in their order */
const wanted = new Set();
let underWay = 0;

const observer = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) {
      wanted.add(target);
    } else {
      wanted.delete(target);
    }
  }
  loadNext();
});

/**
 * Call `load` when an element comes into view, once; it may fail.
 *
 * @param {Element} element
 * @param {() => Promise<void>} load
 */
export function whenSeen(element, load) {
  loads.set(element, load);
  observer.observe(element);
}

function loadNext() {
  for (const element of wanted) {
    if (underWay === AT_ONCE) {
      return;
    }
    wanted.delete(element);
    observer.unobserve(element);
    underWay++;
    const load = /** @type {() => Promise<void>} */ (loads.get(element));
    void load()
      .catch(() => {}) // it stays without a picture
      .finally(() => {
        underWay--;
        loadNext();
      });
  }
}
