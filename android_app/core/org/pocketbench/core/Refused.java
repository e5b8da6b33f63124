package org.pocketbench.core;

/** The order cannot be carried out: a reason from the harness's closed list (docs/reasons.md), and a message. */
public final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public final String reason;

    public Refused(String reason, String message) {
        super(message);
        this.reason = reason;
    }

    public Refused(String reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }
}
