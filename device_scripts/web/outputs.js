/** Output files, written in pieces of about a megabyte. */

const PIECE_BYTES = 1024 * 1024;

/** What comes out for one tensor of the order, on its way into its file. */
export class OutputFile {
  /**
   * @param {import("./harness.js").Harness} harness
   * @param {string} file
   */
  constructor(harness, file) {
    this.harness = harness;
    this.file = file;
    /** @type {Uint8Array[]} */
    this.pieces = [];
    this.bytes = 0;
  }

  /** @param {Uint8Array} bytes One row; it is copied, for what the engine gave may change. */
  async write(bytes) {
    this.pieces.push(bytes.slice());
    this.bytes += bytes.length;
    if (this.bytes >= PIECE_BYTES) await this.flush();
  }

  /** Send what has gathered. */
  async flush() {
    if (this.bytes === 0) return;
    const gathered = new Uint8Array(this.bytes);
    let at = 0;
    for (const piece of this.pieces) {
      gathered.set(piece, at);
      at += piece.length;
    }
    this.pieces = [];
    this.bytes = 0;
    await this.harness.output(this.file, gathered);
  }
}
