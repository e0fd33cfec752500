import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The server's HTTP API, as much of it as this back end needs. */
final class Im {
    private static final Duration TIMEOUT = Duration.ofSeconds(35);
    private static final long AGAIN_AFTER_MS = 1000;

    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String api;
    private final String key;

    Im(String api, String key) {
        this.api = api;
        this.key = key;
    }

    /** Takes events. Those that it has not dealt with when it throws come again. */
    interface Taker {
        void take(List<Map<String, Object>> events) throws InterruptedException;
    }

    /** Sends as the server, and says what became of it. If that fails, it may be called again: with the same `fp`, nobody gets it twice. */
    String push(String to, String text, int typeu, String fp) throws InterruptedException {
        var message = Map.of("to", List.of(to), "text", text, "typeu", typeu, "fp", fp, "wait", 2000);
        return outcome(ask("POST", "/messages", message));
    }

    /** What became of a message to a user, also long after it was sent. The server is `0`. */
    String becameOf(String from, String fp, String to) throws InterruptedException {
        return outcome(ask("GET", "/messages/" + encode(from) + "/" + encode(fp) + "?to=" + encode(to), null));
    }

    /** Takes all events, one after the other, for as long as this runs. The server knows by the name how far it was. */
    void follow(String consumer, Taker taker) {
        while (true) {
            try {
                var page = ask("GET", "/events?consumer=" + consumer + "&wait=25", null);
                List<Map<String, Object>> events = Json.objects(page.get("events"));
                if (events.isEmpty()) continue;
                taker.take(events);
                ask("PUT", "/events/consumers/" + consumer, Map.of("position", page.get("position")));
            } catch (InterruptedException end) {
                return;
            } catch (RuntimeException error) {
                System.err.println("events: " + error.getMessage());
                try {
                    Thread.sleep(AGAIN_AFTER_MS);
                } catch (InterruptedException end) {
                    return;
                }
            }
        }
    }

    private Map<String, Object> ask(String method, String path, Map<String, ?> body) throws InterruptedException {
        var content = body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(Json.write(body));
        var request = HttpRequest.newBuilder(URI.create(api + path))
                .timeout(TIMEOUT)
                .header("authorization", "Bearer " + key)
                .header("content-type", "application/json")
                .method(method, content)
                .build();
        HttpResponse<byte[]> response;
        try {
            response = client.send(request, BodyHandlers.ofByteArray());
        } catch (IOException error) {
            throw new ImException("the server cannot be asked: " + error);
        }
        if (response.statusCode() == 204) return Map.of();
        if (response.statusCode() / 100 == 2) return Json.object(response.body());
        String why = new String(response.body(), StandardCharsets.UTF_8);
        throw new ImException("the server answers " + method + " " + path + " with " + response.statusCode() + ": " + why);
    }

    private static String outcome(Map<String, Object> answer) {
        return (String) Json.objects(answer.get("receivers")).get(0).get("outcome");
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
