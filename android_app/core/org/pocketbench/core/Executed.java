package org.pocketbench.core;

/** Proof of execution in the engine's own words; a null count is one that nobody can tell. */
public final class Executed {
    public final String executedOn;
    public final String driver;
    public final Execution execution;
    public final Long delegated;
    public final Long operations;

    /** How much of the model ran where the order wanted it. */
    public enum Execution { FULL, PARTIAL, NONE, UNKNOWN }

    public Executed(String executedOn, String driver, Execution execution, Long delegated, Long operations) {
        this.executedOn = executedOn;
        this.driver = driver;
        this.execution = execution;
        this.delegated = delegated;
        this.operations = operations;
    }

    public Executed(String executedOn, String driver, Execution execution) {
        this(executedOn, driver, execution, null, null);
    }
}
