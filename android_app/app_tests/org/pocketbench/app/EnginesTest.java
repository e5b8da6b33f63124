package org.pocketbench.app;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;

import android.content.Context;
import android.content.ContextWrapper;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.pocketbench.core.Refused;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;

/** What a person reads of the engines of an APK: here of one without any of those that come with a library. */
@RunWith(RobolectricTestRunner.class)
public class EnginesTest {
    private static final String SERVICE = "; as 'service' it asks a model that another program has loaded";

    @Rule
    public final TemporaryFolder folder = new TemporaryFolder();

    @Test
    public void anEngineThatIsNotThereIsToldWithThoseThatAre() throws Exception {
        Context context = apk("assets/page/index.html");
        Refused refused = assertThrows(Refused.class, () -> Engines.open("abacus", context));
        assertEquals("toolchain-missing", refused.reason);
        assertEquals("this app has no engine 'abacus'; it has tfjs" + SERVICE, refused.getMessage());
    }

    @Test
    public void tfjsIsThereOnlyWhereThePageIs() throws Exception {
        assertEquals("none" + SERVICE, Engines.known(apk("assets/other")));
    }

    /** This app as if its APK were one with a file. */
    private Context apk(String name) throws IOException {
        File apk = folder.newFile("app.apk");
        try (ZipOutputStream made = new ZipOutputStream(new FileOutputStream(apk))) {
            made.putNextEntry(new ZipEntry(name));
        }
        return new ContextWrapper(RuntimeEnvironment.getApplication()) {
            @Override
            public String getPackageCodePath() {
                return apk.getPath();
            }
        };
    }
}
