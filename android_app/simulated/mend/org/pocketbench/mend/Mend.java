package org.pocketbench.mend;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** {@code Mend IN OUT FRAMEWORK}: what dex2jar leaves out of class files is put in, so that the JVM's ordinary verifier takes them. */
public final class Mend {
    private Mend() { }

    /** Reads a jar, mends its classes against the framework's, writes a jar. Says in one line how much there was; a class that cannot be mended ends it. */
    public static void main(String[] words) throws IOException {
        Map<String, byte[]> files = Jar.read(Path.of(words[0]));
        try (Types types = new Types(files, Path.of(words[2]))) {
            Mender mender = new Mender(types);
            files.replaceAll((name, bytes) -> name.endsWith(".class") ? mended(mender, name, bytes) : bytes);
            Jar.write(files, Path.of(words[1]));
            System.out.println("mended " + files.size() + " files, " + mender.references() + " references to interfaces; unknown types: " + types.unknown());
        }
    }

    private static byte[] mended(Mender mender, String name, byte[] bytes) {
        try {
            return mender.mended(bytes);
        } catch (RuntimeException error) {                  // whatever ASM throws at a class file that is none
            throw new IllegalArgumentException(name + ": " + error, error);
        }
    }
}
