package org.pocketbench.tools;

import com.android.apksig.ApkVerifier;
import com.android.apksig.apk.ApkFormatException;
import java.io.File;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;

/** {@code Verify APK MIN_SDK}: whether phones would take its signature, by which schemes, and the sha256 of whose certificate. */
public final class Verify {
    private Verify() { }

    /** Ends with 1, and says why, a line {@code ISSUE: words} each, where it does not verify. */
    public static void main(String[] words) throws Exception {
        ApkVerifier.Result result;
        try {
            result = new ApkVerifier.Builder(new File(words[0])).setMinCheckedPlatformVersion(Integer.parseInt(words[1])).build().verify();
        } catch (ApkFormatException error) {
            System.err.println("MALFORMED: " + error.getMessage());
            System.exit(1);
            return;
        }
        if (!result.isVerified()) {
            for (ApkVerifier.IssueWithParams each : result.getAllErrors()) {
                System.err.println(each.getIssue() + ": " + each);
            }
            System.exit(1);
        }
        System.out.println("v2 " + result.isVerifiedUsingV2Scheme());
        System.out.println("v3 " + result.isVerifiedUsingV3Scheme());
        for (X509Certificate each : result.getSignerCertificates()) {
            System.out.println("certificate " + hex(MessageDigest.getInstance("SHA-256").digest(each.getEncoded())));
        }
    }

    private static String hex(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (byte each : bytes) {
            text.append(String.format("%02x", each));
        }
        return text.toString();
    }
}
