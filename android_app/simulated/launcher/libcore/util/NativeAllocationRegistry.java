package libcore.util;

/** In the place of the framework's, which needs a class that desktop runtimes hide. Nothing native is behind the objects that it is asked to free. */
public class NativeAllocationRegistry {
    public NativeAllocationRegistry(ClassLoader loader, long free, long size) { }

    public static NativeAllocationRegistry createNonmalloced(ClassLoader loader, long free, long size) {
        return new NativeAllocationRegistry(loader, free, size);
    }

    public static NativeAllocationRegistry createMalloced(ClassLoader loader, long free, long size) {
        return new NativeAllocationRegistry(loader, free, size);
    }

    public static NativeAllocationRegistry createMalloced(ClassLoader loader, long free) {
        return new NativeAllocationRegistry(loader, free, 0);
    }

    public Runnable registerNativeAllocation(Object referent, long pointer) {
        return () -> { };
    }
}
