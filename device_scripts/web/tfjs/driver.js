/** Drivers' own names, as they go into a report. */

const MAX_CHARACTERS = 200;
// Drivers in software whose names say so to people only. SwiftShader, llvmpipe and others say it themselves.
const SOFTWARE = /basic render|software raster|software renderer|\bwarp\b/i;

/**
 * The name, with "(software)" behind it where it is one in software and the harness cannot know it by its name.
 *
 * @param {string} driver
 */
export function named(driver) {
  return SOFTWARE.test(driver) ? `${driver} (software)` : driver;
}

/** @param {string} words */
export function bounded(words) {
  return words.replace(/\s+/g, " ").trim().slice(0, MAX_CHARACTERS);
}
