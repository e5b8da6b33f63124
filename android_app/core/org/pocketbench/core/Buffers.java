package org.pocketbench.core;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Memory for one row of each of some tensors: direct, in native order, which is little-endian on every ABI of Android, as the files are. */
final class Buffers {
    private Buffers() { }

    /** Throws Refused ({@code memory-limit}) for a row that no buffer holds. */
    static ByteBuffer[] of(List<TensorFile> tensors) {
        return tensors.stream().map(Buffers::one).toArray(ByteBuffer[]::new);
    }

    private static ByteBuffer one(TensorFile tensor) {
        try {
            return ByteBuffer.allocateDirect(Math.toIntExact(tensor.rowBytes())).order(ByteOrder.nativeOrder());
        } catch (ArithmeticException error) {
            throw new Refused("memory-limit", tensor.name + ": a row of " + tensor + " is more than a buffer holds", error);
        }
    }
}
