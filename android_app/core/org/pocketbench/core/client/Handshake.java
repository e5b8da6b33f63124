package org.pocketbench.core.client;

import com.eclipsesource.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Locale;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.pocketbench.core.Refused;

/** Both ends show that they know the token, without saying it: who has taken the port of a service that is gone learns nothing. */
final class Handshake {
    private static final String HASH = "HmacSHA256";
    private static final int NONCE_BYTES = 16;

    private Handshake() { }

    /** Answers the service's challenge and checks its own proof. Throws Refused ({@code device-refused}) where either does not know the token. */
    static void with(Frames frames, String token) throws IOException {
        String theirs = Frames.text(frames.receive("challenge"), "nonce");
        byte[] random = new byte[NONCE_BYTES];
        new SecureRandom().nextBytes(random);
        String own = hex(random);
        frames.send(new JsonObject().add("say", "answer").add("nonce", own).add("proof", proof(token, "client", theirs, own)), new byte[0]);
        byte[] shown = Frames.text(frames.receive("welcome"), "proof").getBytes(StandardCharsets.UTF_8);
        if (!MessageDigest.isEqual(shown, proof(token, "server", theirs, own).getBytes(StandardCharsets.UTF_8))) {
            throw new Refused("device-refused", "who listens at that port does not know the token");
        }
    }

    /** What only somebody with the token can say; how a token is set off, and capital letters, are of no matter. */
    static String proof(String token, String who, String theirs, String own) {
        byte[] key = token.replaceAll("[\\s-]", "").toLowerCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8);
        try {
            Mac mac = Mac.getInstance(HASH);
            mac.init(new SecretKeySpec(key, HASH));
            return hex(mac.doFinal(String.join("\n", who, theirs, own).getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException | IllegalArgumentException error) {
            throw new Refused("device-refused", "no proof can be made of this token: " + error.getMessage(), error);
        }
    }

    private static String hex(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (byte each : bytes) {
            text.append(Character.forDigit(each >> 4 & 15, 16)).append(Character.forDigit(each & 15, 16));
        }
        return text.toString();
    }
}
