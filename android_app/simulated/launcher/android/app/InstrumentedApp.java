package android.app;

import android.content.ComponentName;
import android.os.Bundle;
import android.os.Looper;
import android.util.Log;
import java.io.IOException;
import java.lang.reflect.Field;
import org.pocketbench.simulated.Given;
import org.pocketbench.simulated.Telling;

/** An app in its process: its own Instrumentation, with the main thread, arguments and watcher that a phone gives it. In this package for its members. */
public final class InstrumentedApp {
    private final Given given;
    private final Telling telling;
    private final InstrumentationText text;

    public InstrumentedApp(Given given) throws IOException {
        this.given = given;
        telling = new Telling(given.number("telling"));
        text = new InstrumentationText(given.is("raw"));
    }

    /** Does not return: the process ends when the instrumentation is finished. */
    public void run(String[] extras) throws Exception {
        Looper.prepareMainLooper();
        Thread.setDefaultUncaughtExceptionHandler(this::crashed);
        SystemServices.register(new Manager());
        Instrumentation instrumentation = created();
        AppContext context = new AppContext(given);
        ActivityThread thread = thread(instrumentation);
        instrumentation.init(thread, context, context, new ComponentName(given.text("package"), given.text("runner")), new Watcher(), null);
        instrumentation.onCreate(bundle(extras));
        Looper.loop();
    }

    private Instrumentation created() throws ReflectiveOperationException {
        try {
            return (Instrumentation) Class.forName(given.text("runner")).getDeclaredConstructor().newInstance();
        } catch (ClassNotFoundException error) {
            telling.unknown("INSTRUMENTATION_STATUS: Error=Unable to instantiate instrumentation: " + error + "\nINSTRUMENTATION_STATUS_CODE: -1");
            throw error;
        }
    }

    /** The framework's own, without what its constructor asks of the system, and with the handler that {@code runOnMainSync} needs. */
    private static ActivityThread thread(Instrumentation instrumentation) throws ReflectiveOperationException {
        Field unsafe = sun.misc.Unsafe.class.getDeclaredField("theUnsafe");
        unsafe.setAccessible(true);
        ActivityThread thread = (ActivityThread) ((sun.misc.Unsafe) unsafe.get(null)).allocateInstance(ActivityThread.class);
        thread.mProfiler = new ActivityThread.Profiler();
        thread.mInstrumentation = instrumentation;
        Field handler = ActivityThread.class.getDeclaredField("mH");
        handler.setAccessible(true);
        handler.set(thread, thread.new H());
        return thread;
    }

    private static Bundle bundle(String[] extras) {
        Bundle bundle = new Bundle();
        for (int i = 0; i + 1 < extras.length; i += 2) {
            bundle.putString(extras[i], extras[i + 1]);
        }
        return bundle;
    }

    /** As the framework's last handler and the activity manager do with an exception that nobody took. */
    private void crashed(Thread thread, Throwable error) {
        Log.e("AndroidRuntime", "FATAL EXCEPTION: " + thread.getName() + "\nProcess: " + given.text("package") + ", PID: " + android.os.Process.myPid() + "\n"
                + Log.getStackTraceString(error));
        Bundle values = new Bundle();
        values.putString("shortMsg", error.getClass().getName());
        values.putString("longMsg", error.getMessage() == null ? error.getClass().getName() : error.getClass().getName() + ": " + error.getMessage());
        telling.last(text.result(Activity.RESULT_CANCELED, values));
    }

    /** The activity manager's side: AIDL's own class that answers nothing, and what is answered here. */
    private final class Manager extends IActivityManager.Default {
        @Override
        public void getMemoryInfo(ActivityManager.MemoryInfo info) {
            SystemServices.memory(info);
        }

        @Override
        public void finishInstrumentation(IApplicationThread app, int code, Bundle values) {
            telling.last(text.result(code, values));
        }
    }

    private final class Watcher extends IInstrumentationWatcher.Default {
        @Override
        public void instrumentationStatus(ComponentName name, int code, Bundle values) {
            telling.say(text.status(code, values));
        }
    }
}
