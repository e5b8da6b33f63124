package org.pocketbench.core;

import com.eclipsesource.json.JsonObject;
import java.io.IOException;

/** What a run needs of the device that it is carried out on. */
public interface Device {
    /** The engine of that name. Throws Refused ({@code toolchain-missing}) for one that is not here. */
    Engine engine(String name) throws Exception;

    /** A model is about to be loaded: what the log says from now on is of it. */
    void mark();

    /** This process's own lines of the log since the last mark. */
    Heard heard() throws IOException;

    /** How the device is now, under the names of the report's line {@code conditions}; what it does not tell is left out. Null where it tells nothing. */
    JsonObject look();

    /** A line of the report was written. */
    void said(String line);

    /** What ends the run, for the log; the report has its words already. */
    void failed(Throwable error);
}
