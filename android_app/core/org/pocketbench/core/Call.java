package org.pocketbench.core;

/** Something that is done again and again while it is timed. */
interface Call {
    void go() throws Exception;
}
