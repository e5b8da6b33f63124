package org.pocketbench.simulated;

import java.io.File;

/** Loads what a prepared app needs in the order in which a launcher must, then asks each engine for a word of its native code. */
public final class Libraries {
    private Libraries() { }

    private static native String open(String path);

    public static void main(String[] words) throws Exception {
        System.load(words[0]);
        for (String path : words[1].split(":")) {
            System.load(path);
        }
        for (String name : words[3].split(":")) {
            String wrong = open(new File(words[2], name).getPath());
            if (wrong != null) {
                throw new UnsatisfiedLinkError(wrong);
            }
        }
        System.setProperty("java.vendor", "The Android Project");
        System.out.println("clock " + (android.os.SystemClock.uptimeMillis() > 0) + ", missing " + open("/nowhere.so").startsWith("/nowhere.so"));
        System.out.println("model " + android.os.SystemProperties.get("ro.product.model", "none") + " " + android.os.SystemProperties.getInt("ro.number", 7));
        System.out.println("tflite " + org.tensorflow.lite.TensorFlowLite.runtimeVersion());
        System.out.println("onnxruntime " + ai.onnxruntime.OrtEnvironment.getEnvironment().getVersion() + " " + ai.onnxruntime.OrtEnvironment.getAvailableProviders());
        try {
            org.pytorch.LiteModuleLoader.load("/nowhere.ptl");
        } catch (RuntimeException error) {
            System.out.println("pytorch-lite " + error.getClass().getName());
        }
        android.util.Log.i("test", "said by Java");
        System.out.flush();
        Runtime.getRuntime().halt(0);                       // as a phone ends an app: no native destructors
    }
}
