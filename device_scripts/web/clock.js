/** The monotonic clock: `performance.now()`, whose steps a browser makes coarse on purpose. */

const MIN_STEPS = 40;
const MAX_READINGS = 4_000_000;

/**
 * Nanoseconds since the page began, a whole number.
 *
 * Browsers round it: to 5 µs in a page that is cross-origin isolated, to 100 µs in any other (Chrome; W3C High Resolution Time, "coarsen time").
 */
export function now() {
  return Math.round(performance.now() * 1e6);
}

/**
 * The smallest step, in nanoseconds, between two readings of the clock one after the other; 0 where it never moves.
 *
 * @param {() => number} clock
 */
export function clockStep(clock = now) {
  let smallest = Number.POSITIVE_INFINITY;
  let steps = 0;
  let earlier = clock();
  for (let reading = 0; reading < MAX_READINGS && steps < MIN_STEPS; reading += 1) {
    const later = clock();
    if (later > earlier) {
      smallest = Math.min(smallest, later - earlier);
      steps += 1;
      earlier = later;
    }
  }
  return steps ? smallest : 0;
}
