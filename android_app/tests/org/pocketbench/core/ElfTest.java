package org.pocketbench.core;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.List;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/** Which libraries fit a device's memory pages. */
public class ElfTest {
    @Rule
    public final TemporaryFolder folder = new TemporaryFolder();

    private File library(String name, int alignment) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(64 + 2 * 56).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(0, 0x464c457f).put(4, (byte) 2).putLong(32, 64).putShort(54, (short) 56).putShort(56, (short) 2);
        bytes.putInt(64, 1).putLong(64 + 48, alignment);
        bytes.putInt(64 + 56, 6).putLong(64 + 56 + 48, 8);
        File file = new File(folder.getRoot(), name);
        Files.write(file.toPath(), bytes.array());
        return file;
    }

    @Test
    public void theSmallestAlignmentOfWhatIsLoadedCounts() throws IOException {
        assertEquals(4096, Elf.alignment(library("a.so", 4096)));
    }

    @Test
    public void whatIsNoElfFileHasNone() throws IOException {
        File file = folder.newFile("b.so");
        assertEquals(0, Elf.alignment(file));
        Files.write(file.toPath(), new byte[200]);
        assertEquals(0, Elf.alignment(file));
    }

    @Test
    public void anEngineWhoseLibraryIsLaidOutForSmallerPagesIsRefused() throws IOException {
        library("libtensorflowlite_jni.so", 4096);
        library("libonnxruntime.so", 16384);
        assertEquals(List.of("libtensorflowlite_jni.so"), NativeLibraries.unfit(folder.getRoot(), 16384));
        assertEquals("known-limit", assertThrows(Refused.class, () -> NativeLibraries.check("tflite", folder.getRoot(), 16384)).reason);
        NativeLibraries.check("onnxruntime", folder.getRoot(), 16384);
        NativeLibraries.check("tflite", folder.getRoot(), 4096);
    }
}
