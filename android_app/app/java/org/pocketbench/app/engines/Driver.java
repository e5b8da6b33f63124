package org.pocketbench.app.engines;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which driver carries an interface to the GPU, by the libraries that it brought into this process ({@code /proc/self/maps}): no engine says it,
 * and OpenCL cannot be asked from Java.
 */
final class Driver {
    static final String OPENCL = "opencl";
    static final String GLES = "gles";
    static final String VULKAN = "vulkan";

    private static final int MAX_LINES = 100_000;
    private static final Pattern LIBRARY = Pattern.compile("/([^/]+\\.so[0-9.]*)$");
    /** Of each interface what its drivers' libraries are called; the first group, where there is one, is the driver's own name. */
    private static final Map<String, Map<String, Pattern>> NAMES = Map.of(
            OPENCL, inOrder("pocl", "libpocl\\.so.*", "", "libOpenCL_([a-z0-9]+)\\.so", "adreno", "libCB\\.so|libllvm-qcom\\.so", "mali", "libGLES_mali\\.so",
                    "powervr", "libPVROCL\\.so"),
            GLES, inOrder("llvmpipe", "(?:kms_)?swrast_dri\\.so", "Mesa", "libgallium[^/]*\\.so", "SwiftShader",
                    "libGLESv2_swiftshader\\.so", "", "libGLES(?:v2)?_([a-z0-9]+)\\.so"),
            VULKAN, inOrder("SwiftShader", "libvk_swiftshader\\.so|vulkan\\.pastel\\.so", "lavapipe", "libvulkan_lvp\\.so", "", "vulkan\\.([a-z0-9_]+)\\.so"));

    private Driver() { }

    /** The interface and, where its libraries tell, the driver: {@code opencl pocl}, {@code vulkan adreno}. */
    static String of(String interfaceName) throws IOException {
        return named(interfaceName, libraries());
    }

    static String named(String interfaceName, Set<String> libraries) {
        for (Map.Entry<String, Pattern> known : NAMES.get(interfaceName).entrySet()) {
            for (String library : libraries) {
                Matcher found = known.getValue().matcher(library);
                if (found.matches()) {
                    return interfaceName + " " + (known.getKey().isEmpty() ? found.group(1) : known.getKey());
                }
            }
        }
        return interfaceName;
    }

    private static Set<String> libraries() throws IOException {
        Set<String> found = new LinkedHashSet<>();
        try (BufferedReader maps = new BufferedReader(new InputStreamReader(Files.newInputStream(Paths.get("/proc/self/maps")), StandardCharsets.UTF_8))) {
            String line = maps.readLine();
            for (int i = 0; i < MAX_LINES && line != null; i++) {
                Matcher library = LIBRARY.matcher(line);
                if (library.find()) {
                    found.add(library.group(1));
                }
                line = maps.readLine();
            }
        }
        return found;
    }

    private static Map<String, Pattern> inOrder(String... namesAndLibraries) {
        Map<String, Pattern> known = new LinkedHashMap<>();
        for (int i = 0; i < namesAndLibraries.length; i += 2) {
            known.put(namesAndLibraries[i], Pattern.compile(namesAndLibraries[i + 1]));
        }
        return known;
    }
}
