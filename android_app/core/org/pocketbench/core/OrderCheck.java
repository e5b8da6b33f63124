package org.pocketbench.core;

import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Collectors;

/** What cannot be kept of an order is refused before any engine is opened. */
final class OrderCheck {
    private OrderCheck() { }

    /** The order in a folder. Throws Refused. */
    static Order checked(JsonObject fields, File folder) throws IOException {
        JsonValue protocol = fields.get("protocol");
        if (protocol == null || !Long.valueOf(Protocol.NUMBER).equals(Numbers.whole(protocol))) {
            throw new Refused("protocol", "the order is of protocol " + protocol + ", this runner speaks " + Protocol.NUMBER);
        }
        Order order = new Order(new OrderFields(fields));
        checkKind(order);
        checkPhases(order);
        checkFiles(order, folder);
        return order;
    }

    private static void checkKind(Order order) {
        if (!Protocol.KINDS.contains(order.kind) || order.rows < 1 || order.batch < 1 || order.batch > Protocol.MAX_SAMPLES) {
            throw new Refused("protocol", "kind " + Words.quoted(order.kind) + ", " + order.rows + " rows, batch " + order.batch + ": not an order");
        }
        if (!(order.kind.equals("serve") ? Protocol.TRANSPORTS : List.of("")).contains(order.serve)) {
            throw new Refused("protocol", "a " + order.kind + " order with serve " + Words.quoted(order.serve) + ": it is "
                    + String.join(" or ", Protocol.TRANSPORTS) + ", for an order to serve");
        }
    }

    /** A timing order begins with load and names each phase once, one to serve has load alone, others none. */
    private static void checkPhases(Order order) {
        List<String> names = order.phases.stream().map(phase -> phase.name).collect(Collectors.toList());
        boolean fits = names.isEmpty();
        if (order.kind.equals("timing")) {
            fits = !names.isEmpty() && names.get(0).equals("load") && Protocol.PHASES.containsAll(names);
        } else if (order.kind.equals("serve")) {
            fits = names.equals(List.of("load"));
        }
        if (!fits || new HashSet<>(names).size() != names.size()) {
            throw new Refused("protocol", "a " + order.kind + " order with phases " + Words.cut(Words.quoted(names), 400)
                    + ": timing has load first and each of " + String.join(", ", Protocol.PHASES) + " once, serve load, others none");
        }
    }

    /** Every file lies inside the folder, is named for one purpose only, and an input holds as many bytes as its rows have. */
    private static void checkFiles(Order order, File folder) throws IOException {
        List<String> names = new ArrayList<>(List.of(OrderFile.NAME, Protocol.REPORT, order.model));
        order.inputs.forEach(tensor -> names.add(tensor.file));
        order.outputs.forEach(tensor -> names.add(tensor.file));
        HashSet<File> taken = new HashSet<>();
        for (String name : names) {
            if (!taken.add(Inside.file(folder, name))) {
                throw new Refused("protocol", "two tensors share a file, or one has a file of the order's own: " + Words.cut(names.toString(), 400));
            }
        }
        for (TensorFile tensor : order.inputs) {
            File file = Inside.file(folder, tensor.file);
            long size = file.isFile() ? file.length() : -1;
            if (size != allRows(tensor, order.rows)) {
                throw new Refused("shape-mismatch", tensor.file + " holds " + size + " bytes, " + order.rows + " rows of " + tensor + " are "
                        + allRows(tensor, order.rows));
            }
        }
    }

    private static long allRows(TensorFile tensor, int rows) {
        try {
            return Math.multiplyExact(tensor.rowBytes(), (long) rows);
        } catch (ArithmeticException error) {
            throw new Refused("shape-mismatch", tensor.name + ": " + rows + " rows of " + tensor + " are more than a file holds", error);
        }
    }
}
