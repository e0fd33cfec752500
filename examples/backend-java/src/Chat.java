import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** What people say: decided before it is delivered, and followed afterwards. */
final class Chat {
    // Events come once more if the answer was lost. As many ids are remembered.
    private static final int REMEMBERED = 10_000;

    private final Im im;
    private final Orders orders;
    private final Consumer<String> out;
    private final Set<Object> seen = new LinkedHashSet<>();
    // Who was told by a push and has not been here since: one is enough.
    private final Set<Object> notified = new HashSet<>();

    Chat(Im im, Orders orders, Consumer<String> out) {
        this.im = im;
        this.orders = orders;
        this.out = out;
    }

    /** Whether a message may be delivered. */
    Map<String, Object> decide(Object question, Map<String, Object> message) {
        String content = message.get("content") instanceof String text ? text : "";
        if ("beforeC2s".equals(question)) {
            if (content.equals("orders")) return Map.of("accept", true);
            return Map.of("accept", false, "code", 2002, "reason", "ask me for orders");
        }
        if (content.contains("spam")) return Map.of("accept", false, "code", 2001, "reason", "no spam here");
        if (content.contains("heck")) return Map.of("accept", true, "content", content.replace("heck", "h**k"));
        return Map.of("accept", true);
    }

    /** Takes events in their order, each once. What fails is taken again, as the server sends it again. */
    synchronized void take(List<Map<String, Object>> events) throws InterruptedException {
        for (Map<String, Object> event : events) {
            if (seen.contains(event.get("id"))) continue;
            happened(event);
            seen.add(event.get("id"));
            if (seen.size() > REMEMBERED) seen.remove(seen.iterator().next());
        }
    }

    private void happened(Map<String, Object> event) throws InterruptedException {
        String type = String.valueOf(event.get("type"));
        Object user = event.get("user");
        Object from = event.get("from");
        Object to = event.get("to");
        switch (type) {
            case "online" -> {
                notified.remove(user);
                say(user + " is online");
            }
            case "offline" -> {
                // Not if another session of the user is there in its place.
                if (!event.containsKey("replacedBy")) say(user + " is offline: " + event.get("reason"));
            }
            case "stored" -> {
                say(from + " to " + to + ": stored");
                notify(to, from);
            }
            case "delivered", "fetched" -> say(from + " to " + to + ": " + type);
            case "refused" -> say(from + " to " + to + ": refused, " + event.get("reason"));
            case "message" -> {
                say(from + " to the server: " + event.get("text"));
                String sender = (String) from;
                // Named for the event, so that an event that comes twice has one answer.
                im.push(sender, "You have " + orders.count(sender) + " orders", -1, "answer-" + event.get("id"));
            }
            case "gap", "lost" -> say("events are missing: " + type + " at " + event.get("position"));
            default -> {}
        }
    }

    /** Here APNs, FCM or a subscribe message of WeChat is sent: docs/offline-push.md. */
    private void notify(Object user, Object from) {
        if (notified.add(user)) say("push to the phone of " + user + ": " + from + " has written");
    }

    private void say(String line) {
        out.accept(line);
    }
}
