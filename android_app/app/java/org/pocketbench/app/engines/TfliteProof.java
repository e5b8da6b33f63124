package org.pocketbench.app.engines;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.pocketbench.core.Executed;
import org.pocketbench.core.Executed.Execution;
import org.pocketbench.core.Heard;
import org.pocketbench.core.Order;

/** What TensorFlow Lite logged of the operations that delegates took over. A delegate that finds no driver leaves all to the CPU and no line. */
final class TfliteProof {
    private static final Pattern REPLACED =
            Pattern.compile("Replacing ([0-9]{1,9}) out of ([0-9]{1,9}) node\\(s\\) with delegate \\((\\w{1,100})\\)");
    private static final String XNNPACK = "TfLiteXNNPackDelegate";
    private static final String GPU = "TfLiteGpuDelegateV2";
    private static final String NNAPI = "TfLiteNnapiDelegate";

    private final Order order;
    private final Heard heard;

    TfliteProof(Order order, Heard heard) {
        this.order = order;
        this.heard = heard;
    }

    Executed executed() throws IOException {
        switch (order.accelerator) {
            case "gpu":
                return delegated("gpu", GPU);
            case "nnapi":
                return nnapi();
            default:
                return cpu();
        }
    }

    /** The CPU runs everything; of the operations, those that XNNPACK took over. */
    private Executed cpu() {
        List<long[]> counts = counts(XNNPACK);
        long[] same = same(counts);
        String driver = counts.isEmpty() ? "" : "xnnpack";
        return same == null ? new Executed("cpu", driver, Execution.FULL) : new Executed("cpu", driver, Execution.FULL, same[0], same[1]);
    }

    /** Where no line tells of the delegate, the CPU ran all; where none is heard at all, nobody knows. */
    private Executed delegated(String accelerator, String name) throws IOException {
        List<long[]> counts = counts(name);
        if (counts.isEmpty()) {
            return heard.lines.isEmpty() ? new Executed(accelerator, "", Execution.UNKNOWN) : new Executed("cpu", "", Execution.NONE, 0L, null);
        }
        boolean all = counts.stream().allMatch(count -> count[0] == count[1]);
        Execution execution = all ? Execution.FULL : Execution.PARTIAL;
        String driver = accelerator.equals("gpu") ? gpuDriver() : nnapiDriver();
        long[] same = same(counts);
        return same == null ? new Executed(accelerator, driver, execution) : new Executed(accelerator, driver, execution, same[0], same[1]);
    }

    /** What NNAPI's own implementation for the CPU computes is the CPU's; where NNAPI cannot be kept from it, nobody knows what was. */
    private Executed nnapi() throws IOException {
        Executed told = delegated("nnapi", NNAPI);
        if (!told.executedOn.equals("nnapi") || Nnapi.canBeTold() && !nnapiDriver().equals(Nnapi.REFERENCE)) {
            return told;
        }
        return nnapiDriver().equals(Nnapi.REFERENCE) ? new Executed("cpu", Nnapi.REFERENCE, Execution.NONE, 0L, told.operations)
                : new Executed("nnapi", "", Execution.UNKNOWN, told.delegated, told.operations);
    }

    /** The accelerator that was asked for by name: the delegate takes operations for that alone, or says that there is none such. */
    private String nnapiDriver() {
        String name = order.option("nnapi_accelerator", "any");
        return name.equals(Nnapi.ANY) ? "" : name;
    }

    /** The delegate says once in a process what it reached the GPU through, the first time that a model is loaded; what it was told to, it did. */
    private String gpuDriver() throws IOException {
        String told = order.option("gpu_backend", "any");
        if (heard.everSaid("Initialized OpenCL-based API") || told.equals(Driver.OPENCL)) {
            return Driver.of(Driver.OPENCL);
        }
        return heard.everSaid("Initialized OpenGL-based API") || told.equals(Driver.GLES) ? Driver.of(Driver.GLES) : "";
    }

    /** Of each graph that a delegate took operations of: how many, of how many. */
    private List<long[]> counts(String delegate) {
        List<long[]> found = new ArrayList<>();
        for (String line : heard.lines) {
            Matcher replaced = REPLACED.matcher(line);
            if (replaced.find() && replaced.group(3).equals(delegate)) {
                found.add(new long[] {Long.parseLong(replaced.group(1)), Long.parseLong(replaced.group(2))});
            }
        }
        return found;
    }

    /** The numbers, where all lines have the same: of one graph, laid out once or more often. Graphs that call others have several. */
    private static long[] same(List<long[]> counts) {
        long[] first = counts.isEmpty() ? null : counts.get(0);
        return counts.stream().allMatch(count -> count[0] == first[0] && count[1] == first[1]) ? first : null;
    }
}
