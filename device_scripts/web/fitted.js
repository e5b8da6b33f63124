/** An engine's model held against an order. */

import { now } from "./clock.js";
import { rowBytes } from "./order.js";
import { places, raw } from "./tensors.js";

/** A loaded model that has the order's tensors: rows go in and bytes come out as the order has them. */
export class Fitted {
  /**
   * Find the order's inputs and outputs among the model's. Refused (shape-mismatch) when one is not there.
   *
   * @param {import("./order.js").Order} order
   * @param {import("./engines/index.js").Engine} engine
   */
  constructor(order, engine) {
    this.order = order;
    this.engine = engine;
    this.inputs = places(order.inputs, engine.inputs(), "inputs");
    this.outputs = places(order.outputs, engine.outputs(), "outputs");
    this.sizes = order.inputs.map(rowBytes);
  }

  /** Bytes of one row of all inputs. */
  get rowBytes() {
    return this.sizes.reduce((sum, bytes) => sum + bytes, 0);
  }

  /**
   * Set one row, resetting the model's state first where it has one.
   *
   * @param {Uint8Array<ArrayBuffer>[]} row
   */
  feed(row) {
    if (this.order.stateful) this.engine.reset();
    const own = this.inputs.map((place, index) => ({ place, bytes: row[index], shape: this.order.inputs[index].shape }));
    own.sort((one, other) => one.place - other.place);
    this.engine.set(own);
  }

  /** The bytes of each output of the last inference. What the engine gave may change with the next one. */
  read() {
    const values = this.engine.read();
    return this.order.outputs.map((tensor, index) => raw(values[this.outputs[index]], tensor));
  }

  /**
   * One inference on a row that was sent: the clock is around the engine's call, as in timing orders.
   *
   * @param {Uint8Array<ArrayBuffer>} row
   */
  async answer(row) {
    let at = 0;
    this.feed(
      this.sizes.map((bytes) => {
        at += bytes;
        return row.slice(at - bytes, at);
      }),
    );
    const start = now();
    const waiting = this.engine.invoke();
    if (waiting) await waiting;
    const ns = now() - start;
    const outputs = this.read().map((bytes) => bytes.slice());
    this.engine.settle();
    return { ns, outputs };
  }
}
