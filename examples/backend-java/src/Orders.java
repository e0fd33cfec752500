import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** What this back end is for: people order something, and are told. */
final class Orders {
    private static final int TYPE_ORDER = 7;

    private final Im im;
    // Yours are in a database.
    private final List<String> placed = new ArrayList<>();
    // Numbers begin anew with this program, and fingerprints must not.
    private final long started = System.currentTimeMillis();

    Orders(Im im) {
        this.im = im;
    }

    /** Places an order, and tells the user, wherever they are. */
    Map<String, Object> place(String user, String item) throws InterruptedException {
        int number = add(user);
        String text = "Order " + number + " is on its way: " + item;
        return Map.of("number", number, "outcome", im.push(user, text, TYPE_ORDER, nameOf(number)));
    }

    /** Whether the user has been told of an order. */
    Map<String, Object> delivery(String user, int number) throws InterruptedException {
        String outcome = isOf(user, number) ? im.becameOf("0", nameOf(number), user) : "unknown";
        return Map.of("number", number, "outcome", outcome);
    }

    /** How many a user has placed. */
    synchronized int count(String user) {
        return Collections.frequency(placed, user);
    }

    private synchronized int add(String user) {
        placed.add(user);
        return placed.size();
    }

    private synchronized boolean isOf(String user, int number) {
        return number > 0 && number <= placed.size() && placed.get(number - 1).equals(user);
    }

    /** The message's fingerprint: sent again, it is the same message. */
    private String nameOf(int number) {
        return "order-" + started + "-" + number;
    }
}
