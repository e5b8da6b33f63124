package android.app;

import android.content.ActivityNotFoundException;
import android.content.BroadcastReceiver;
import android.content.Context;
import android.content.ContextWrapper;
import android.content.Intent;
import android.content.IntentFilter;
import android.content.pm.ApplicationInfo;
import android.content.pm.PackageManager;
import android.os.Bundle;
import android.os.Looper;
import java.io.File;
import java.util.concurrent.Executor;
import org.pocketbench.simulated.Given;

/** What an app may ask of its Context here; what is not below fails as a Context without a base does. */
final class AppContext extends ContextWrapper {
    private final Given given;

    AppContext(Given given) {
        super(null);
        this.given = given;
    }

    @Override
    public String getPackageName() {
        return given.text("package");
    }

    @Override
    public String getOpPackageName() {
        return getPackageName();
    }

    @Override
    public String getAttributionTag() {
        return null;
    }

    @Override
    public Context getApplicationContext() {
        return this;
    }

    @Override
    public ClassLoader getClassLoader() {
        return AppContext.class.getClassLoader();
    }

    @Override
    public Looper getMainLooper() {
        return Looper.getMainLooper();
    }

    @Override
    public Executor getMainExecutor() {
        return new android.os.Handler(getMainLooper())::post;
    }

    @Override
    public int getUserId() {
        return 0;
    }

    @Override
    public ApplicationInfo getApplicationInfo() {
        ApplicationInfo info = new ApplicationInfo();
        info.packageName = getPackageName();
        info.processName = getPackageName();
        info.uid = given.number("user");
        info.dataDir = given.text("data");
        info.nativeLibraryDir = given.text("lib");
        info.sourceDir = given.text("apk");
        info.publicSourceDir = info.sourceDir;
        info.targetSdkVersion = given.number("target");
        info.flags = ApplicationInfo.FLAG_HAS_CODE | (given.is("debuggable") ? ApplicationInfo.FLAG_DEBUGGABLE : 0);
        return info;
    }

    @Override
    public String getPackageCodePath() {
        return given.text("apk");
    }

    @Override
    public String getPackageResourcePath() {
        return given.text("apk");
    }

    @Override
    public File getDataDir() {
        return given.folder("data");
    }

    @Override
    public File getFilesDir() {
        return made(new File(getDataDir(), "files"));
    }

    @Override
    public File getNoBackupFilesDir() {
        return made(new File(getDataDir(), "no_backup"));
    }

    @Override
    public File getCacheDir() {
        return made(new File(getDataDir(), "cache"));
    }

    @Override
    public File getCodeCacheDir() {
        return made(new File(getDataDir(), "code_cache"));
    }

    @Override
    public File getDir(String name, int mode) {
        return made(new File(getDataDir(), "app_" + name));
    }

    @Override
    public File getFileStreamPath(String name) {
        return new File(getFilesDir(), name);
    }

    @Override
    public File getExternalFilesDir(String type) {
        File files = new File(given.folder("external"), "files");
        return made(type == null ? files : new File(files, type));
    }

    @Override
    public File[] getExternalFilesDirs(String type) {
        return new File[] {getExternalFilesDir(type)};
    }

    @Override
    public File getExternalCacheDir() {
        return made(new File(given.folder("external"), "cache"));
    }

    @Override
    public String getSystemServiceName(Class<?> type) {
        return SystemServices.nameOf(type);
    }

    @Override
    public Object getSystemService(String name) {
        return SystemServices.of(name, this);
    }

    @Override
    public int checkSelfPermission(String permission) {
        return PackageManager.PERMISSION_GRANTED;
    }

    /** Only how the battery is may be asked; nothing is ever broadcast. */
    @Override
    public Intent registerReceiver(BroadcastReceiver receiver, IntentFilter filter) {
        return filter.hasAction(Intent.ACTION_BATTERY_CHANGED) ? SystemServices.battery() : null;
    }

    @Override
    public Intent registerReceiver(BroadcastReceiver receiver, IntentFilter filter, int flags) {
        return registerReceiver(receiver, filter);
    }

    @Override
    public void unregisterReceiver(BroadcastReceiver receiver) { }

    @Override
    public void startActivity(Intent intent) {
        throw new ActivityNotFoundException("a simulated phone shows no activities: " + intent.getComponent());
    }

    @Override
    public void startActivity(Intent intent, Bundle options) {
        startActivity(intent);
    }

    private static File made(File folder) {
        folder.mkdirs();
        return folder;
    }
}
