/** Numbers as people read them. */

const NANOSECONDS = /** @type {const} */ ([
  [1e9, "s"],
  [1e6, "ms"],
  [1e3, "µs"],
  [1, "ns"],
]);

/**
 * A time in its unit, three digits.
 *
 * @param {number} ns
 */
export function time(ns) {
  const [size, unit] = NANOSECONDS.find(([one]) => ns >= one) ?? [1, "ns"];
  const number = ns / size;
  return `${number >= 1000 ? Math.round(number) : Number(number.toPrecision(3))} ${unit}`;
}

/** @param {number} number */
export function grouped(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/**
 * The value that a share of sorted values does not exceed.
 *
 * @param {number[]} sorted
 * @param {number} share
 */
export function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
