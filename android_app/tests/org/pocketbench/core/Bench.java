package org.pocketbench.core;

import com.eclipsesource.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.pocketbench.core.client.ServiceEngine;

/** A device that is a list of what happened on it, and has the {@link DoublingEngine}, and services. */
final class Bench implements Device {
    final DoublingEngine engine = new DoublingEngine();
    final List<String> lines = new ArrayList<>();
    final List<JsonObject> looks = new ArrayList<>();
    Throwable failure;
    Heard heard = new Heard(List.of("I/double: doubled by hand"));

    /** Tells of itself what it tells in a report. */
    void looksOf(List<JsonObject> report) {
        for (JsonObject line : report) {
            if (line.getString("event", "").equals("conditions")) {
                JsonObject look = new JsonObject(line);
                look.remove("event");
                look.remove("at");
                looks.add(look);
            }
        }
    }

    @Override
    public Engine engine(String name) {
        if (name.equals("service")) {
            return new ServiceEngine();
        }
        if (name.equals("none")) {
            throw new Refused("toolchain-missing", "this app has no engine 'none'; it has doubling");
        }
        return engine;
    }

    @Override
    public void mark() {
        engine.calls.add("mark");
    }

    @Override
    public Heard heard() {
        engine.calls.add("heard");
        return heard;
    }

    @Override
    public JsonObject look() {
        engine.calls.add("look");
        return looks.isEmpty() ? null : looks.remove(0);
    }

    @Override
    public void said(String line) {
        engine.calls.add("said");
        lines.add(line);
    }

    @Override
    public void failed(Throwable error) {
        failure = error;
    }
}
