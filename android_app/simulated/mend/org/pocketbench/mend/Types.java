package org.pocketbench.mend;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.LinkedHashSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.Opcodes;

/** Who extends whom, without loading anything: the JDK's own {@code java.*}, then the framework, then the app, then the rest of the JDK. */
final class Types implements Closeable {
    static final String OBJECT = "java/lang/Object";
    private static final int MOST_BYTES = 16 << 20;
    private static final Type UNKNOWN = new Type(OBJECT, false);

    private final Map<String, byte[]> app;
    private final ZipFile framework;
    private final Map<String, Type> seen = new TreeMap<>();
    private final Set<String> unknown = new TreeSet<>();

    /** What is known of a type. */
    private static final class Type {
        final String parent;
        final boolean isInterface;

        Type(String parent, boolean isInterface) {
            this.parent = parent;
            this.isInterface = isInterface;
        }
    }

    Types(Map<String, byte[]> app, Path framework) throws IOException {
        this.app = app;
        this.framework = new ZipFile(framework.toFile());
    }

    boolean isInterface(String name) {
        return of(name).isInterface;
    }

    /** The nearest class that both extend. The verifier treats interfaces as Object; classes that extend each other in a circle are none's children. */
    String common(String one, String other) {
        if (isInterface(one) || isInterface(other)) {
            return OBJECT;
        }
        Set<String> ones = lineage(one);
        return lineage(other).stream().filter(ones::contains).findFirst().orElse(OBJECT);
    }

    /** The names that were asked for and are nowhere. */
    Set<String> unknown() {
        return unknown;
    }

    @Override public void close() throws IOException {
        framework.close();
    }

    private Set<String> lineage(String name) {
        Set<String> names = new LinkedHashSet<>();
        for (String at = name; at != null && names.add(at); at = of(at).parent) { }
        return names;
    }

    private Type of(String name) {
        Type known = seen.get(name);
        if (known == null) {
            known = read(name);
            seen.put(name, known);
        }
        return known;
    }

    private Type read(String name) {
        try {
            byte[] bytes = bytes(name + ".class");
            if (bytes == null) {
                unknown.add(name);
                return UNKNOWN;
            }
            ClassReader reader = new ClassReader(bytes);
            return new Type(reader.getSuperName(), (reader.getAccess() & Opcodes.ACC_INTERFACE) != 0);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private byte[] bytes(String file) throws IOException {
        byte[] found = file.startsWith("java/") ? ofJdk(file) : null;
        ZipEntry entry = found == null ? framework.getEntry(file) : null;
        found = entry == null ? found : Jar.bytes(framework, entry, MOST_BYTES);
        found = found == null ? app.get(file) : found;
        return found == null ? ofJdk(file) : found;
    }

    private static byte[] ofJdk(String file) throws IOException {
        try (InputStream stream = ClassLoader.getPlatformClassLoader().getResourceAsStream(file)) {
            return stream == null ? null : stream.readAllBytes();
        }
    }
}
