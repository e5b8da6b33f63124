package org.pocketbench.core;

import java.util.Arrays;

/** A model's input or output: its name, its shape (-1 for a free size) and its dtype in numpy's word. */
public final class Tensor {
    public static final int FREE = -1;

    public final String name;
    public final String dtype;
    private final int[] shape;

    public Tensor(String name, int[] shape, String dtype) {
        this.name = name;
        this.shape = shape.clone();
        this.dtype = dtype;
    }

    public int[] shape() {
        return shape.clone();
    }

    /** Whether one of this shape, where a free size fits any, and of this dtype is what {@code other} is. */
    boolean fits(TensorFile other) {
        int[] wanted = other.shape();
        boolean same = dtype.equals(other.dtype) && shape.length == wanted.length;
        for (int i = 0; same && i < shape.length; i++) {
            same = shape[i] == FREE || shape[i] == wanted[i];
        }
        return same;
    }

    @Override
    public String toString() {
        return Arrays.toString(shape) + " " + dtype;
    }
}
