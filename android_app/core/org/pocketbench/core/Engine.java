package org.pocketbench.core;

import java.io.File;
import java.util.List;

/** A runtime that executes models, named as engines are in suites. */
public interface Engine {
    /** The runtime's own version, without loading anything else than the runtime. */
    String version() throws Exception;

    /** Where this engine executes, such as {@code cpu} or {@code gpu}: the order's accelerator must be one of them. */
    List<String> accelerators();

    /**
     * Constructs and allocates: all that a first use costs. Timed, so nothing else belongs here, reading the log neither. Free dimensions take
     * the order's sizes. Options that the engine does not know are refused.
     */
    Loaded load(Order order, File model) throws Exception;
}
