/** What a library writes on the console, for one that says only there what went wrong. */

/**
 * Do something and gather the first line of each warning meanwhile.
 *
 * @template T
 * @param {string[]} lines
 * @param {() => Promise<T>} what
 */
export async function heard(lines, what) {
  const { warn, error } = console;
  const listen = (/** @type {unknown[]} */ ...said) => {
    lines.push(said.map(String).join(" ").split("\n")[0]);
  };
  console.warn = console.error = listen;
  try {
    return await what();
  } finally {
    console.warn = warn;
    console.error = error;
  }
}
