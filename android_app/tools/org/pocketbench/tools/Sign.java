package org.pocketbench.tools;

import com.android.apksig.ApkSigner;
import com.android.apksig.KeyConfig;
import java.io.File;
import java.security.Key;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/** {@code Sign IN OUT KEYSTORE ALIAS MIN_SDK}: aligns and signs an APK by schemes 2 and 3; the password is in the environment, as POCKETBENCH_KEY_PASSWORD. */
public final class Sign {
    private static final int LIBRARY_PAGE_BYTES = 16384;

    private Sign() { }

    /** Ends with 1, and says why, where the key cannot be had. */
    public static void main(String[] words) throws Exception {
        ApkSigner.SignerConfig signer;
        try {
            signer = signer(new File(words[2]), words[3], System.getenv("POCKETBENCH_KEY_PASSWORD").toCharArray());
        } catch (java.io.IOException | java.security.GeneralSecurityException error) {
            System.err.println(error.getMessage());
            System.exit(1);
            return;
        }
        new ApkSigner.Builder(List.of(signer))
            .setInputApk(new File(words[0])).setOutputApk(new File(words[1])).setMinSdkVersion(Integer.parseInt(words[4]))
            .setV1SigningEnabled(false).setV2SigningEnabled(true).setV3SigningEnabled(true).setV4SigningEnabled(false)
            .setAlignmentPreserved(false).setLibraryPageAlignmentBytes(LIBRARY_PAGE_BYTES)
            .setCreatedBy("Pocketbench")
            .build().sign();
    }

    private static ApkSigner.SignerConfig signer(File file, String alias, char[] password) throws java.io.IOException, java.security.GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(file, password);
        Key key = store.getKey(alias, password);
        if (!(key instanceof PrivateKey)) {
            throw new java.security.KeyStoreException(file.getName() + " has no private key named '" + alias + "'");
        }
        List<X509Certificate> certificates = new ArrayList<>();
        for (Certificate each : store.getCertificateChain(alias)) {
            certificates.add((X509Certificate) each);
        }
        return new ApkSigner.SignerConfig.Builder("pocketbench", new KeyConfig.Jca((PrivateKey) key), certificates).build();
    }
}
