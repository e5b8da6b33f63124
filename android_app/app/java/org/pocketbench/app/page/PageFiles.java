package org.pocketbench.app.page;

import android.content.Context;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.pocketbench.core.PageOrder;
import org.pocketbench.core.Refused;

/** The page's own files, which are assets of this APK. They are read out of it as out of any archive: what is served says how long it is. */
public final class PageFiles implements Closeable {
    private static final String ASSETS = "assets/page/";

    private final ZipFile apk;

    private PageFiles(ZipFile apk) {
        this.apk = apk;
    }

    /** Whether this APK has the page. */
    public static boolean in(Context context) {
        try (PageFiles found = of(context)) {
            return true;
        } catch (IOException | Refused notHere) {
            return false;
        }
    }

    /** Throws Refused ({@code toolchain-missing}) for an APK that was built without the page. */
    static PageFiles of(Context context) throws IOException {
        ZipFile apk = new ZipFile(new File(context.getPackageCodePath()));
        if (apk.getEntry(ASSETS + "index.html") == null) {
            apk.close();
            throw new Refused("toolchain-missing", "this app has no engine '" + PageOrder.ENGINE + "': it was built without the page");
        }
        return new PageFiles(apk);
    }

    /** How long a file of the page is, in bytes; -1 where there is none of that name. */
    long size(String name) {
        ZipEntry entry = apk.getEntry(ASSETS + name);
        return entry == null || entry.isDirectory() ? -1 : entry.getSize();
    }

    InputStream open(String name) throws IOException {
        return apk.getInputStream(apk.getEntry(ASSETS + name));
    }

    @Override
    public void close() throws IOException {
        apk.close();
    }
}
