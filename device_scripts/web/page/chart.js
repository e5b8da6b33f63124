/** The samples of one phase: one after another, and how often which. Drawn after the last one. */

import { h, s } from "./elements.js";
import { grouped, quantile, time } from "./quantities.js";

const WIDTH = 640;
const HEIGHT = 150;
const LEFT = 64;
const BARS = 60;
const MAX_DOTS = 4000;
// What lies beyond is drawn at the edge: one pause of the browser would press all others into a line.
const SHOWN = 0.99;

/** @param {{ phase: string, ns: number[], batch: number }} samples */
export function chart({ phase, ns, batch }) {
  const each = ns.map((one) => one / batch);
  const sorted = each.toSorted((one, other) => one - other);
  const [low, high] = [sorted[0], Math.max(quantile(sorted, SHOWN), sorted[0] + 1)];
  const beyond = sorted.filter((one) => one > high).length;
  const words = `${phase}: time of one inference, ${grouped(ns.length)} samples in their order, and how often which${beyond ? `; ${grouped(beyond)} longer than ${time(high)}, at the edge` : ""}`;
  return h("figure", {}, h("figcaption", {}, words), strip(each, low, high), histogram(sorted, low, high));
}

/**
 * @param {number[]} each
 * @param {number} low
 * @param {number} high
 */
function strip(each, low, high) {
  const step = Math.max(1, Math.ceil(each.length / MAX_DOTS));
  const x = (/** @type {number} */ index) => LEFT + ((WIDTH - LEFT - 4) * (index + 0.5)) / each.length;
  const y = (/** @type {number} */ value) => 8 + (HEIGHT - 16) * (1 - (Math.min(value, high) - low) / (high - low));
  const inside = each.flatMap((value, index) => (index % step || value > high ? [] : [`M${x(index).toFixed(1)} ${y(value).toFixed(1)}h0`]));
  const outside = each.flatMap((value, index) => (value > high ? [`M${x(index).toFixed(1)} ${y(value).toFixed(1)}h0`] : []));
  return picture("each sample in its order", [
    s("path", { class: "dots", d: inside.join("") }),
    s("path", { class: "dots beyond", d: outside.join("") }),
    label(LEFT - 8, 12, time(high), "end"),
    label(LEFT - 8, HEIGHT - 4, time(low), "end"),
  ]);
}

/**
 * @param {number[]} sorted
 * @param {number} low
 * @param {number} high
 */
function histogram(sorted, low, high) {
  const counts = new Array(BARS).fill(0);
  for (const value of sorted) counts[Math.min(BARS - 1, Math.floor((BARS * (value - low)) / (high - low)))] += 1;
  const most = Math.max(...counts);
  const wide = (WIDTH - LEFT - 4) / BARS;
  const bars = counts.map((count, bar) => {
    const tall = ((HEIGHT - 28) * count) / most;
    return s("rect", { class: "bar", x: LEFT + bar * wide + 0.5, y: HEIGHT - 20 - tall, width: wide - 1, height: tall });
  });
  const base = s("path", { class: "axis", d: `M${LEFT} ${HEIGHT - 20}H${WIDTH - 4}` });
  return picture("how often which time", [
    ...bars,
    base,
    label(LEFT - 8, 16, grouped(most), "end"),
    label(LEFT, HEIGHT - 4, time(low), "start"),
    label(WIDTH - 4, HEIGHT - 4, time(high), "end"),
  ]);
}

/**
 * @param {string} name
 * @param {Node[]} parts
 */
function picture(name, parts) {
  return s("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": name }, ...parts);
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} text
 * @param {string} anchor
 */
function label(x, y, text, anchor) {
  return s("text", { x, y, "text-anchor": anchor }, text);
}
