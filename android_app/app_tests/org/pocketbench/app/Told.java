package org.pocketbench.app;

import android.content.Context;
import android.os.Bundle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.robolectric.RuntimeEnvironment;

/** The app's own instrumentation, on its own thread as on a phone, and what it told. */
final class Told extends OrderInstrumentation {
    final List<Bundle> told = new ArrayList<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    Bundle result;
    int code;

    static Told of(Bundle arguments) throws InterruptedException {
        Told one = new Told();
        one.onCreate(arguments);
        if (!one.ended.await(30, TimeUnit.SECONDS)) {
            throw new AssertionError("it did not end");
        }
        return one;
    }

    @Override
    public Context getTargetContext() {
        return RuntimeEnvironment.getApplication();
    }

    @Override
    public void sendStatus(int ignored, Bundle status) {
        told.add(status);
    }

    @Override
    public void finish(int how, Bundle results) {
        code = how;
        result = results;
        ended.countDown();
    }
}
