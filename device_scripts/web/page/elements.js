/** Elements. Text goes in as text, whatever it holds. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element of HTML with attributes and children.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string>} attributes
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * An element of SVG.
 *
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {(Node | string)[]} children
 */
export function s(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/**
 * A list of terms, each with what is to say of it; what has nothing is left out.
 *
 * @param {[string, string][]} pairs
 */
export function facts(pairs) {
  const rows = pairs.filter(([, said]) => said !== "").map(([term, said]) => h("div", {}, h("dt", {}, term), h("dd", {}, said)));
  return h("dl", { class: "facts" }, ...rows);
}
