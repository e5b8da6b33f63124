package org.pocketbench.app;

import android.app.ActivityManager;
import android.content.Context;
import android.content.Intent;
import android.content.IntentFilter;
import android.content.pm.ApplicationInfo;
import android.os.BatteryManager;
import android.os.Build;
import android.os.PowerManager;
import com.eclipsesource.json.JsonArray;
import com.eclipsesource.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;

/** How the phone is right now, as far as it tells an app. What it does not tell is left out. */
final class Conditions {
    private static final File CPUS = new File("/sys/devices/system/cpu");
    private static final int MAX_CPUS = 64;

    private final Context context;
    private final JsonObject found = new JsonObject();

    private Conditions(Context context) {
        this.context = context;
    }

    /** Everything that can be told now, under the names of the report's line {@code conditions}. */
    static JsonObject now(Context context) {
        Conditions conditions = new Conditions(context);
        conditions.found.add("in_front", Screen.inFront());
        conditions.ask(conditions::power);
        conditions.ask(conditions::battery);
        conditions.ask(conditions::memory);
        conditions.ask(conditions::debuggable);
        conditions.ask(conditions::frequencies);
        return conditions.found;
    }

    /** A service that is not here, or refuses, tells nothing. */
    private void ask(Runnable question) {
        try {
            question.run();
        } catch (RuntimeException | LinkageError silent) {
            android.util.Log.d(Logcat.TAG, "not told", silent);
        }
    }

    private void power() {
        PowerManager power = context.getSystemService(PowerManager.class);
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q) {
            found.add("thermal_status", power.getCurrentThermalStatus());
        }
        found.add("awake", power.isInteractive()).add("power_save", power.isPowerSaveMode());
    }

    private void battery() {
        Intent told = context.registerReceiver(null, new IntentFilter(Intent.ACTION_BATTERY_CHANGED));
        int scale = told.getIntExtra(BatteryManager.EXTRA_SCALE, 0);
        int level = told.getIntExtra(BatteryManager.EXTRA_LEVEL, -1);
        if (scale > 0 && level >= 0) {
            found.add("battery_percent", 100.0 * level / scale);
        }
        if (told.hasExtra(BatteryManager.EXTRA_TEMPERATURE)) {
            found.add("battery_celsius", told.getIntExtra(BatteryManager.EXTRA_TEMPERATURE, 0) / 10.0);
        }
        found.add("battery_status", told.getIntExtra(BatteryManager.EXTRA_STATUS, BatteryManager.BATTERY_STATUS_UNKNOWN));
        found.add("plugged", told.getIntExtra(BatteryManager.EXTRA_PLUGGED, 0));
    }

    private void memory() {
        ActivityManager.MemoryInfo memory = new ActivityManager.MemoryInfo();
        context.getSystemService(ActivityManager.class).getMemoryInfo(memory);
        found.add("available_bytes", memory.availMem).add("low_memory", memory.lowMemory);
    }

    private void debuggable() {
        found.add("debuggable", (context.getApplicationInfo().flags & ApplicationInfo.FLAG_DEBUGGABLE) != 0);
    }

    /** The frequencies, in kHz, of the cores from the first on, what they may reach now and what they could; null for a core that does not tell or sleeps. */
    private void frequencies() {
        JsonArray now = new JsonArray();
        JsonArray most = new JsonArray();
        JsonArray top = new JsonArray();
        for (int i = 0; i < MAX_CPUS && new File(CPUS, "cpu" + i).isDirectory(); i++) {
            addKhz(now, i, "scaling_cur_freq");
            addKhz(most, i, "scaling_max_freq");
            addKhz(top, i, "cpuinfo_max_freq");
        }
        found.add("cpu_khz", now).add("cpu_max_khz", most).add("cpu_top_khz", top);
    }

    private static void addKhz(JsonArray to, int cpu, String name) {
        try {
            byte[] text = Files.readAllBytes(new File(CPUS, "cpu" + cpu + "/cpufreq/" + name).toPath());
            to.add(Long.parseLong(new String(text, StandardCharsets.US_ASCII).trim()));
        } catch (IOException | RuntimeException silent) {
            to.add((String) null);
        }
    }
}
