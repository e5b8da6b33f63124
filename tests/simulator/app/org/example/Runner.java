package org.example;

import android.app.Activity;
import android.app.ActivityManager;
import android.app.Instrumentation;
import android.content.Intent;
import android.content.IntentFilter;
import android.os.Build;
import android.os.Bundle;
import android.os.Handler;
import android.os.Looper;
import android.os.PowerManager;
import android.os.SystemClock;
import android.util.Log;
import java.io.File;
import java.nio.file.Files;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** What the tests ask of an app: {@code -e do NAME}. */
public final class Runner extends Instrumentation {
    private Bundle given;

    @Override
    public void onCreate(Bundle arguments) {
        super.onCreate(arguments);
        given = arguments;
        start();
    }

    @Override
    public void onStart() {
        super.onStart();
        Bundle told = new Bundle();
        try {
            act(given.getString("do", "tell"), told);
        } catch (RuntimeException | Error error) {
            throw error;
        } catch (Exception error) {
            throw new IllegalStateException(error);
        }
        finish(Activity.RESULT_OK, told);
    }

    private void act(String what, Bundle told) throws Exception {
        switch (what) {
            case "tell": tell(told); break;
            case "conditions": conditions(told); break;
            case "write": write(told); break;
            case "log": log(); break;
            case "statuses": statuses(told); break;
            case "throw": throw new IllegalArgumentException("of its own making");
            case "fault": fault(); break;
            case "exit": System.exit(3); break;
            case "heap": told.putByteArray("bytes", new byte[1 << 30]); break;
            case "sleep": sendStatus(7, told); Thread.sleep(60_000); break;
            case "children": children(told); Thread.sleep(60_000); break;
            case "leave": children(told); break;
            default: told.putString("unknown", what);
        }
    }

    private void tell(Bundle told) throws Exception {
        CountDownLatch ran = new CountDownLatch(1);
        long from = SystemClock.uptimeMillis();
        new Handler(Looper.getMainLooper()).postDelayed(ran::countDown, 50);
        told.putBoolean("main_thread", ran.await(5, TimeUnit.SECONDS) && SystemClock.uptimeMillis() - from >= 50);
        boolean[] synced = new boolean[1];
        runOnMainSync(() -> synced[0] = Looper.myLooper() == Looper.getMainLooper());
        told.putBoolean("main_sync", synced[0]);
        told.putString("package", getTargetContext().getPackageName());
        told.putString("said", given.getString("said", "nothing"));
        told.putInt("sdk", Build.VERSION.SDK_INT);
        told.putString("model", Build.MODEL);
        told.putInt("pid", android.os.Process.myPid());
        told.putString("libraries", getTargetContext().getApplicationInfo().nativeLibraryDir);
    }

    private void conditions(Bundle told) {
        PowerManager power = getTargetContext().getSystemService(PowerManager.class);
        told.putInt("thermal", power.getCurrentThermalStatus());
        told.putBoolean("awake", power.isInteractive());
        told.putBoolean("saving", power.isPowerSaveMode());
        Intent battery = getTargetContext().registerReceiver(null, new IntentFilter(Intent.ACTION_BATTERY_CHANGED));
        told.putInt("level", battery.getIntExtra("level", -1));
        told.putInt("plugged", battery.getIntExtra("plugged", -1));
        ActivityManager.MemoryInfo memory = new ActivityManager.MemoryInfo();
        getTargetContext().getSystemService(ActivityManager.class).getMemoryInfo(memory);
        told.putLong("memory", memory.totalMem);
        PowerManager.WakeLock lock = power.newWakeLock(PowerManager.PARTIAL_WAKE_LOCK, "tests:lock");
        lock.acquire(1000);
        told.putBoolean("locked", lock.isHeld());
        lock.release();
    }

    private void write(Bundle told) throws Exception {
        Files.write(new File(getTargetContext().getFilesDir(), "own.txt").toPath(), "own".getBytes());
        File shared = new File(getTargetContext().getExternalFilesDir(null), "shared.txt");
        Files.write(shared.toPath(), "shared".getBytes());
        told.putString("path", shared.getPath());
    }

    private void log() {
        Log.i("tests", "a line of its own");
        Log.e("tests", "an error\nof two lines");
        System.out.println("printed");
    }

    private void statuses(Bundle told) {
        for (int i = 0; i < 3; i++) {
            Bundle status = new Bundle();
            status.putInt("number", i);
            sendStatus(1, status);
        }
        told.putString(REPORT_KEY_STREAMRESULT, "for people");
    }

    /** One process in the app's own session, one in a session of its own whose parent has ended. */
    private void children(Bundle told) throws Exception {
        new ProcessBuilder("/bin/sh", "-c", "setsid sleep 4711 & sleep 4712 &").start().waitFor();
        sendStatus(7, told);
    }

    /** Writes where nobody may. */
    private static void fault() throws Exception {
        java.lang.reflect.Field field = Class.forName("sun.misc.Unsafe").getDeclaredField("theUnsafe");
        field.setAccessible(true);
        field.getType().getMethod("putInt", long.class, int.class).invoke(field.get(null), 8L, 1);
    }
}
