import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A back end for MobileIM with nothing but the JDK: it gives out tokens, decides about messages, follows events, and sends as the server. */
public final class Backend {
    // The longest body that is read: the server sends up to 1 MiB of events, and a little around them.
    private static final int MAX_BODY = 2 * 1024 * 1024;
    private static final Pattern PATH = Pattern.compile("(/[a-z]+(?:/[a-z]+)?)(?:/(\\d{1,9}))?");

    private final List<String> webhookSecrets = List.of(need("WEBHOOK_SECRETS").trim().split("\\s+"));
    private final Tokens tokens = new Tokens(need("JWT_SECRET"));
    private final Im im = new Im(or("IM_API", "http://127.0.0.1:8080/api/v1"), need("IM_KEY"));
    private final Orders orders = new Orders(im);
    private final Chat chat = new Chat(im, orders, System.out::println);
    private final Wechat wechat =
            new Wechat(or("WECHAT_URL", "https://api.weixin.qq.com"), or("WECHAT_APPID", ""), or("WECHAT_SECRET", ""));
    // Yours are hashed, in a database.
    private final Map<String, String> passwords = new HashMap<>();

    private Backend() {
        for (String pair : or("PASSWORDS", "").trim().split("\\s+")) {
            String[] parts = pair.split(":", 2);
            if (parts.length == 2) passwords.put(parts[0], parts[1]);
        }
    }

    public static void main(String[] arguments) {
        Backend backend = new Backend();
        int port = Integer.parseInt(or("PORT", "9000"));
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 128);
            server.setExecutor(Executors.newCachedThreadPool());
            server.createContext("/", backend::handle);
            server.start();
            System.out.println("port " + server.getAddress().getPort());
        } catch (IOException error) {
            System.err.println("cannot listen: port " + port + ": " + error.getMessage());
            System.exit(1);
        }
        // Without a URL in the server's [events], one asks for them.
        if (or("EVENTS", "").equals("ask")) backend.im.follow("backend-java", backend.chat::take);
    }

    private Object answer(HttpExchange exchange) throws IOException, InterruptedException, Problem {
        Matcher path = PATH.matcher(exchange.getRequestURI().getRawPath());
        String route = path.matches() ? exchange.getRequestMethod() + " " + path.group(1) : "";
        byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY + 1);
        if (body.length > MAX_BODY) throw new Problem(413, "this is too long");
        switch (route) {
            case "POST /login": {
                Map<String, Object> asked = object(body);
                String password = asked.get("user") instanceof String user ? passwords.get(user) : null;
                if (password == null || !password.equals(asked.get("password"))) throw new Problem(401, "no such user, or another password");
                return tokens.issue((String) asked.get("user"));
            }
            case "POST /login/wechat": {
                String code = String.valueOf(object(body).get("code"));
                String openId = wechat.openIdOf(code).orElseThrow(() -> new Problem(401, "WeChat does not know this code"));
                return tokens.issue("wx-" + openId);
            }
            case "POST /orders":
                return orders.place(signedIn(exchange), String.valueOf(object(body).get("item")));
            case "GET /orders":
                if (path.group(2) == null) throw new Problem(404, "there is nothing here");
                return orders.delivery(signedIn(exchange), Integer.parseInt(path.group(2)));
            case "POST /im/questions": {
                Map<String, Object> asked = signed(exchange, body);
                List<Map<String, Object>> messages = Json.objects(asked.get("messages"));
                return Map.of("answers", messages.stream().map(it -> chat.decide(asked.get("question"), it)).toList());
            }
            case "POST /im/events":
                chat.take(Json.objects(signed(exchange, body).get("events")));
                return Map.of();
            default:
                throw new Problem(404, "there is nothing here");
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            int status = 200;
            Object answer;
            try {
                answer = answer(exchange);
            } catch (Problem problem) {
                status = problem.status;
                answer = Map.of("error", problem.getMessage());
            } catch (Exception error) {
                System.err.println(exchange.getRequestMethod() + " " + exchange.getRequestURI() + ": " + error.getMessage());
                status = error instanceof ImException ? 502 : 500;
                answer = Map.of("error", "this does not work at present");
            }
            byte[] text = Json.write(answer);
            exchange.getResponseHeaders().set("content-type", "application/json");
            exchange.sendResponseHeaders(status, text.length);
            exchange.getResponseBody().write(text);
        }
    }

    private String signedIn(HttpExchange exchange) throws Problem {
        String header = exchange.getRequestHeaders().getFirst("authorization");
        return tokens.userOf(header).orElseThrow(() -> new Problem(401, "this needs the token of a user"));
    }

    /** The body of a webhook, which is looked at only if it is signed. */
    private Map<String, Object> signed(HttpExchange exchange, byte[] body) throws Problem {
        if (!Webhooks.isSigned(exchange.getRequestHeaders(), body, webhookSecrets)) {
            throw new Problem(401, "not signed, or with another secret");
        }
        return object(body);
    }

    private static Map<String, Object> object(byte[] body) throws Problem {
        try {
            return Json.object(body);
        } catch (IllegalArgumentException error) {
            throw new Problem(400, "this is no JSON object");
        }
    }

    private static String or(String variable, String otherwise) {
        String value = System.getenv(variable);
        return value == null || value.isEmpty() ? otherwise : value;
    }

    private static String need(String variable) {
        String value = or(variable, "");
        if (value.isEmpty()) {
            System.err.println(variable + " is not set: README.md says what it is");
            System.exit(2);
        }
        return value;
    }

    /** What is wrong with a request, for whoever sent it. */
    private static final class Problem extends Exception {
        final int status;

        Problem(int status, String message) {
            super(message);
            this.status = status;
        }
    }
}
