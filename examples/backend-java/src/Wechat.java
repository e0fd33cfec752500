import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Who somebody is in a WeChat mini-program: `wx.login` gives a code, which WeChat's server exchanges for the user's openid. */
final class Wechat {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    // The code is wrong, or used. Everything else is not the user's fault.
    private static final Set<Object> WRONG_CODE = Set.of(40029L, 40163L);

    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String url;
    private final String appId;
    private final String secret;

    Wechat(String url, String appId, String secret) {
        this.url = url;
        this.appId = appId;
        this.secret = secret;
    }

    /** The openid that a code stands for; nobody's if WeChat does not take the code. */
    Optional<String> openIdOf(String code) throws IOException, InterruptedException {
        String query = "appid=" + encode(appId) + "&secret=" + encode(secret) + "&js_code=" + encode(code)
                + "&grant_type=authorization_code";
        var request = HttpRequest.newBuilder(URI.create(url + "/sns/jscode2session?" + query)).timeout(TIMEOUT).build();
        Map<String, Object> answer = Json.object(client.send(request, BodyHandlers.ofByteArray()).body());
        if (answer.get("openid") instanceof String openId) return Optional.of(openId);
        if (WRONG_CODE.contains(answer.getOrDefault("errcode", 0L))) return Optional.empty();
        throw new IOException("WeChat does not say who it is: " + answer.get("errcode") + " " + answer.get("errmsg"));
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
