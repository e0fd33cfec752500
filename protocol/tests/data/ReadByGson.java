import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;

/**
 * Writes into each case of a file what Gson, by which the original reads, makes of its JSON; null is a refusal.
 *
 * <p>java -cp gson.jar ReadByGson.java gson.jsonl
 */
final class ReadByGson {
    /** The classes have the original's fields and, as there, only constructors with arguments: what is absent is zero or null. */
    static Class<?> named(String name) {
        return switch (name) {
            case "message" -> Message.class;
            case "login" -> Login.class;
            case "login answer" -> LoginAnswer.class;
            case "error" -> Complaint.class;
            case "kickout" -> Kickout.class;
            default -> throw new IllegalArgumentException(name);
        };
    }

    static final class Message {
        boolean bridge;
        int type;
        String dataContent;
        String from;
        String to;
        String fp;
        boolean QoS;
        int typeu;
        long sm;

        Message(int type) {
            this.type = type;
        }
    }

    static final class Login {
        String loginUserId;
        String loginToken;
        String extra;
        long firstLoginTime;

        Login(String loginUserId) {
            this.loginUserId = loginUserId;
        }
    }

    static final class LoginAnswer {
        int code;
        long firstLoginTime;

        LoginAnswer(int code) {
            this.code = code;
        }
    }

    static final class Complaint {
        int errorCode;
        String errorMsg;

        Complaint(int errorCode) {
            this.errorCode = errorCode;
        }
    }

    static final class Kickout {
        int code;
        String reason;

        Kickout(int code) {
            this.code = code;
        }
    }

    public static void main(String[] arguments) throws IOException {
        Path file = Path.of(arguments[0]);
        Gson gson = new GsonBuilder().disableHtmlEscaping().serializeNulls().create();
        Gson original = new Gson();
        var lines = new ArrayList<String>();
        for (String line : Files.readAllLines(file)) {
            JsonObject given = JsonParser.parseString(line).getAsJsonObject();
            Class<?> type = named(given.get("class").getAsString());
            JsonObject written = new JsonObject();
            written.add("class", given.get("class"));
            written.add("json", given.get("json"));
            try {
                Object read = original.fromJson(given.get("json").getAsString(), type);
                written.add("gson", read == null ? null : original.toJsonTree(read));
            } catch (JsonParseException | NumberFormatException refused) {
                written.add("gson", null);
            }
            if (given.has("ours")) {
                written.add("ours", given.get("ours"));
            }
            lines.add(gson.toJson(written) + "\n");
        }
        // As the original turns texts into bytes: half of a surrogate pair becomes a question mark.
        Files.write(file, String.join("", lines).getBytes(StandardCharsets.UTF_8));
    }
}
