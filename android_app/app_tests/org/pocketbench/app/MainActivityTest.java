package org.pocketbench.app;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import android.os.Looper;
import android.view.View;
import android.view.ViewGroup;
import android.view.WindowManager;
import android.widget.TextView;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.After;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.Shadows;
import org.robolectric.android.controller.ActivityController;

/** What a person sees. */
@RunWith(RobolectricTestRunner.class)
public class MainActivityTest {
    private final ActivityController<MainActivity> activity = Robolectric.buildActivity(MainActivity.class);

    @After
    public void close() {
        activity.close();
        Screen.tell("");
    }

    private List<String> words() {
        Shadows.shadowOf(Looper.getMainLooper()).idle();
        List<String> found = new ArrayList<>();
        collect(activity.get().getWindow().getDecorView(), found);
        return found;
    }

    private static void collect(View view, List<String> into) {
        if (view instanceof TextView) {
            into.add(((TextView) view).getText().toString());
        }
        for (int i = 0; view instanceof ViewGroup && i < ((ViewGroup) view).getChildCount(); i++) {
            collect(((ViewGroup) view).getChildAt(i), into);
        }
    }

    @Test
    public void anAppThatHasDoneNothingYetSaysHowItIsUsed() {
        activity.setup();
        List<String> wanted = List.of("Pocketbench", "Nothing runs. A computer with Pocketbench starts measurements over ADB.", "Last results", "None yet.");
        assertEquals(wanted, words());
    }

    @Test
    public void whatRunsIsShownWhileItRuns() {
        activity.setup();
        Screen.tell("Order a-1 is being carried out.");
        assertEquals("Order a-1 is being carried out.", words().get(1));
        Screen.tell("");
        assertTrue(words().get(1).startsWith("Nothing runs."));
    }

    @Test
    public void theLastResultsAreShownNewestFirst() throws IOException {
        LastResults results = new LastResults(RuntimeEnvironment.getApplication());
        for (int i = 0; i < 25; i++) {
            results.add("order " + i + ":\nsteady 1.0 ms");
        }
        activity.setup();
        String[] shown = words().get(3).split("\n\n");
        assertEquals("order 24: steady 1.0 ms", shown[0]);
        assertEquals(20, shown.length);
    }

    @Test
    public void inFrontTheScreenStaysOnAndOrdersKnowThatItIs() {
        activity.setup();
        assertTrue((activity.get().getWindow().getAttributes().flags & WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON) != 0);
        assertTrue(Screen.inFront());
        activity.pause();
        assertFalse(Screen.inFront());
    }
}
