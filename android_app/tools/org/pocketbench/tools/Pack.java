package org.pocketbench.tools;

import com.android.zipflinger.BytesSource;
import com.android.zipflinger.Source;
import com.android.zipflinger.ZipArchive;
import com.android.zipflinger.ZipSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.Deflater;

/** {@code Pack OUT BASE DEX [ARCHIVE MEMBER NAME]…}: an unsigned APK of what aapt2 linked, a dex, and libraries as their archives have compressed them. */
public final class Pack {
    private Pack() { }

    /** The same arguments give the same bytes, whatever the time of day. */
    public static void main(String[] words) throws Exception {
        Path out = Path.of(words[0]);
        Files.deleteIfExists(out);
        try (ZipArchive apk = new ZipArchive(out)) {
            apk.add(ZipSource.selectAll(Path.of(words[1])));
            Source dex = new BytesSource(Path.of(words[2]), "classes.dex", Deflater.DEFAULT_COMPRESSION);
            apk.add(dex);
            for (int i = 3; i < words.length; i += 3) {
                ZipSource archive = new ZipSource(Path.of(words[i]));
                archive.select(words[i + 1], words[i + 2]);
                apk.add(archive);
            }
        }
    }
}
