import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Tokens: JSON Web Tokens, signed with the secret that the server has as `jwt-secret`. */
final class Tokens {
    private static final long VALID_FOR_S = 3600;
    private static final Pattern BEARER = Pattern.compile("Bearer ([\\w-]+\\.([\\w-]+))\\.([\\w-]{43})");

    private final SecretKeySpec key;

    Tokens(String secret) {
        key = new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256");
    }

    /** A token for a user, the user's id, and when it expires, in ms since 1970. */
    Map<String, Object> issue(String user) {
        long now = System.currentTimeMillis() / 1000;
        long expires = now + VALID_FOR_S;
        var claims = Map.of("sub", user, "iat", now, "exp", expires, "jti", UUID.randomUUID().toString());
        String signed = encode(Json.write(Map.of("alg", "HS256", "typ", "JWT"))) + "." + encode(Json.write(claims));
        return Map.of("user", user, "token", signed + "." + encode(sign(signed)), "expiresAt", expires * 1000);
    }

    /** The user whose token is in an `Authorization` header; nobody if it is none, forged or expired. */
    Optional<String> userOf(String header) {
        Matcher bearer = BEARER.matcher(header == null ? "" : header);
        if (!bearer.matches()) return Optional.empty();
        byte[] expected = encode(sign(bearer.group(1))).getBytes(StandardCharsets.UTF_8);
        if (!MessageDigest.isEqual(expected, bearer.group(3).getBytes(StandardCharsets.UTF_8))) return Optional.empty();
        Map<String, Object> claims = Json.object(Base64.getUrlDecoder().decode(bearer.group(2)));
        boolean isValid = (Long) claims.get("exp") > System.currentTimeMillis() / 1000;
        return isValid ? Optional.of((String) claims.get("sub")) : Optional.empty();
    }

    private byte[] sign(String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException error) {
            throw new IllegalStateException("each JDK has HmacSHA256", error);
        }
    }

    private static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
