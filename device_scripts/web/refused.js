/** The order cannot be carried out: a reason from the harness's closed list (docs/reasons.md), and a message. */
export class Refused extends Error {
  /**
   * @param {string} reason
   * @param {string} message
   */
  constructor(reason, message) {
    super(message);
    this.name = "Refused";
    this.reason = reason;
  }
}
