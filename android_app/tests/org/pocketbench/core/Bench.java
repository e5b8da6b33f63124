package org.pocketbench.core;

import java.util.ArrayList;
import java.util.List;
import org.pocketbench.core.client.ServiceEngine;

/** A device that is a list of what happened on it, and has the {@link DoublingEngine}, and services. */
final class Bench implements Device {
    final DoublingEngine engine = new DoublingEngine();
    final List<String> lines = new ArrayList<>();
    Throwable failure;
    Heard heard = new Heard(List.of("I/double: doubled by hand"));

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
    public void look(String when) {
        engine.calls.add("look " + when);
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
