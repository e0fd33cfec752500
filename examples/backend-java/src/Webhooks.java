import com.sun.net.httpserver.Headers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signatures of what the server sends, as Standard Webhooks has them. */
final class Webhooks {
    private static final long MAX_AGE_S = 300;

    private Webhooks() {}

    /** Whether a request was signed lately, with one of the secrets. The body is its bytes, as they came. */
    static boolean isSigned(Headers headers, byte[] body, List<String> secrets) {
        String id = headers.getFirst("webhook-id");
        String time = headers.getFirst("webhook-timestamp");
        String signatures = headers.getFirst("webhook-signature");
        if (id == null || signatures == null || time == null || !time.matches("\\d{1,12}")) return false;
        if (Math.abs(System.currentTimeMillis() / 1000 - Long.parseLong(time)) > MAX_AGE_S) return false;
        for (String secret : secrets) {
            byte[] expected = ("v1," + sign(secret, id + "." + time + ".", body)).getBytes(StandardCharsets.UTF_8);
            for (String given : signatures.split(" ")) {
                if (MessageDigest.isEqual(expected, given.getBytes(StandardCharsets.UTF_8))) return true;
            }
        }
        return false;
    }

    private static String sign(String secret, String head, byte[] body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(keyOf(secret), "HmacSHA256"));
            mac.update(head.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(mac.doFinal(body));
        } catch (GeneralSecurityException error) {
            throw new IllegalStateException("each JDK has HmacSHA256", error);
        }
    }

    private static byte[] keyOf(String secret) {
        String prefix = "whsec_";
        if (secret.startsWith(prefix)) return Base64.getDecoder().decode(secret.substring(prefix.length()));
        return secret.getBytes(StandardCharsets.UTF_8);
    }
}
