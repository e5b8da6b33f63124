/** A page that has been drawn. */

const PATIENCE_MS = 250;

/** Wait until what was changed is on the screen. A page that nobody sees is not drawn, and does not wait for it. */
export function painted() {
  return Promise.race([new Promise((resolve) => setTimeout(resolve, PATIENCE_MS)), new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))]);
}
