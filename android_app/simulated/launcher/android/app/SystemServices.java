package android.app;

import android.content.Context;
import android.content.Intent;
import android.os.BatteryManager;
import android.os.Handler;
import android.os.IBinder;
import android.os.IPowerManager;
import android.os.IThermalService;
import android.os.PowerManager;
import android.os.ServiceManager;
import java.lang.reflect.Proxy;
import java.util.Map;
import org.pocketbench.simulated.Phone;

/** The system's services that are here, each the framework's own class before an answer of the phone's. A device may lack any other. */
final class SystemServices {
    private SystemServices() { }

    /** Makes the activity manager known to the framework's classes that look it up themselves. */
    static void register(IActivityManager manager) {
        ServiceManager.initServiceCache(Map.of(Context.ACTIVITY_SERVICE, binder(manager)));
    }

    static String nameOf(Class<?> type) {
        return type == PowerManager.class ? Context.POWER_SERVICE : type == ActivityManager.class ? Context.ACTIVITY_SERVICE : type.getName();
    }

    /** One service; null for one that is not here. */
    static Object of(String name, Context context) {
        switch (name) {
            case Context.POWER_SERVICE:
                return new PowerManager(context, new Power(), new Thermal(), new Handler(context.getMainLooper()));
            case Context.ACTIVITY_SERVICE:
                return new ActivityManager(context, new Handler(context.getMainLooper()));
            default:
                return null;
        }
    }

    /** The broadcast that a battery's state is asked by. */
    static Intent battery() {
        Phone phone = Phone.now();
        Intent told = new Intent(Intent.ACTION_BATTERY_CHANGED).putExtra(BatteryManager.EXTRA_PRESENT, phone.has("battery_level"));
        if (phone.has("battery_level")) {
            told.putExtra(BatteryManager.EXTRA_LEVEL, (int) phone.number("battery_level")).putExtra(BatteryManager.EXTRA_SCALE, 100)
                    .putExtra(BatteryManager.EXTRA_TEMPERATURE, (int) phone.number("battery_temperature"))
                    .putExtra(BatteryManager.EXTRA_STATUS, (int) phone.number("battery_status"))
                    .putExtra(BatteryManager.EXTRA_PLUGGED, (int) phone.number("battery_plugged"))
                    .putExtra(BatteryManager.EXTRA_VOLTAGE, (int) phone.number("battery_voltage"));
        }
        return told;
    }

    static void memory(ActivityManager.MemoryInfo info) {
        Phone phone = Phone.now();
        info.totalMem = phone.number("memory_total");
        info.advertisedMem = info.totalMem;
        info.availMem = phone.number("memory_free");
        info.threshold = phone.number("memory_threshold");
        info.lowMemory = info.availMem < info.threshold;
    }

    private static IBinder binder(Object local) {
        return (IBinder) Proxy.newProxyInstance(IBinder.class.getClassLoader(), new Class<?>[] {IBinder.class}, (proxy, method, arguments) -> {
            if (method.getName().equals("queryLocalInterface")) {
                return local;
            }
            throw new UnsupportedOperationException("IBinder." + method.getName());
        });
    }

    private static final class Power extends IPowerManager.Default {
        @Override
        public boolean isInteractive() {
            return Phone.now().number("interactive") != 0;
        }

        @Override
        public boolean isPowerSaveMode() {
            return Phone.now().number("power_save") != 0;
        }
    }

    private static final class Thermal extends IThermalService.Default {
        @Override
        public int getCurrentThermalStatus() {
            return (int) Phone.now().number("thermal_status");
        }
    }
}
