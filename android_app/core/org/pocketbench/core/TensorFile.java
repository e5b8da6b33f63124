package org.pocketbench.core;

import java.util.Arrays;

/** A raw little-endian file of {@code rows} tensors of one shape and dtype, beside the order. */
public final class TensorFile {
    public final String name;
    public final String file;
    public final String dtype;
    private final int[] shape;

    public TensorFile(String name, String file, int[] shape, String dtype) {
        this.name = name;
        this.file = file;
        this.shape = shape.clone();
        this.dtype = dtype;
    }

    public int[] shape() {
        return shape.clone();
    }

    /** Bytes of one row; more than an int holds are told as they are. */
    public long rowBytes() {
        long bytes = Dtypes.size(dtype);
        for (int size : shape) {
            bytes = Math.multiplyExact(bytes, (long) size);
        }
        return bytes;
    }

    @Override
    public String toString() {
        return Arrays.toString(shape) + " " + dtype;
    }
}
