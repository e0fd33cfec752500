import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** JSON, which the JDK does not have; a project of yours has a library for it. Whole numbers are Long, others Double. */
final class Json {
    // Deeper than anything that is sent here, and far from what overflows the stack.
    private static final int MAX_DEPTH = 64;

    private final String text;
    private int at;
    private int depth;

    private Json(String text) {
        this.text = text;
    }

    /** An object by its text; IllegalArgumentException for anything else. */
    @SuppressWarnings("unchecked")
    static Map<String, Object> object(byte[] text) {
        Json json = new Json(new String(text, StandardCharsets.UTF_8));
        Object value = json.value();
        if (json.next() != '\0' || !(value instanceof Map)) throw new IllegalArgumentException("no JSON object");
        return (Map<String, Object>) value;
    }

    /** The objects of an array; IllegalArgumentException if it is none, or has anything else in it. */
    @SuppressWarnings("unchecked")
    static List<Map<String, Object>> objects(Object value) {
        if (!(value instanceof List<?> list) || !list.stream().allMatch(Map.class::isInstance)) {
            throw new IllegalArgumentException("no array of objects");
        }
        return (List<Map<String, Object>>) value;
    }

    static byte[] write(Object value) {
        StringBuilder out = new StringBuilder();
        write(value, out);
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void write(Object value, StringBuilder out) {
        if (value instanceof Map<?, ?> map) {
            String separator = "{";
            for (var entry : map.entrySet()) {
                out.append(separator);
                write(entry.getKey(), out);
                out.append(':');
                write(entry.getValue(), out);
                separator = ",";
            }
            out.append(map.isEmpty() ? "{}" : "}");
        } else if (value instanceof List<?> list) {
            String separator = "[";
            for (Object item : list) {
                out.append(separator);
                write(item, out);
                separator = ",";
            }
            out.append(list.isEmpty() ? "[]" : "]");
        } else if (value instanceof String string) {
            out.append('"');
            for (char c : string.toCharArray()) {
                if (c == '"' || c == '\\') out.append('\\').append(c);
                else if (c < ' ' || Character.isSurrogate(c)) out.append(String.format("\\u%04x", (int) c));
                else out.append(c);
            }
            out.append('"');
        } else {
            out.append(value);
        }
    }

    private Object value() {
        char c = next();
        if (c == '"') return string();
        if (c != '{' && c != '[') return word();
        if (++depth > MAX_DEPTH) throw new IllegalArgumentException("too deep");
        Object value = c == '{' ? members() : items();
        depth--;
        return value;
    }

    private Map<String, Object> members() {
        Map<String, Object> members = new LinkedHashMap<>();
        at++;
        if (take('}')) return members;
        do {
            if (next() != '"') throw wrong();
            String name = string();
            if (!take(':')) throw wrong();
            members.put(name, value());
        } while (take(','));
        if (!take('}')) throw wrong();
        return members;
    }

    private List<Object> items() {
        List<Object> items = new ArrayList<>();
        at++;
        if (take(']')) return items;
        do {
            items.add(value());
        } while (take(','));
        if (!take(']')) throw wrong();
        return items;
    }

    private String string() {
        StringBuilder out = new StringBuilder();
        for (at++; at < text.length() && text.charAt(at) != '"'; at++) {
            char c = text.charAt(at);
            out.append(c == '\\' ? escaped() : c);
        }
        if (at++ >= text.length()) throw wrong();
        return out.toString();
    }

    private char escaped() {
        char c = ++at < text.length() ? text.charAt(at) : '\0';
        int plain = "\"\\/bfnrt".indexOf(c);
        if (plain >= 0) return "\"\\/\b\f\n\r\t".charAt(plain);
        if (c != 'u' || at + 4 >= text.length()) throw wrong();
        at += 4;
        return (char) Integer.parseInt(text.substring(at - 3, at + 1), 16);
    }

    private Object word() {
        int start = at;
        while (at < text.length() && "{}[],: \t\r\n\"".indexOf(text.charAt(at)) < 0) at++;
        String word = text.substring(start, at);
        switch (word) {
            case "true":
                return true;
            case "false":
                return false;
            case "null":
                return null;
            default:
                if (word.matches("-?\\d{1,18}")) return Long.parseLong(word);
                if (word.matches("-?\\d+(\\.\\d+)?([eE][+-]?\\d+)?")) return Double.parseDouble(word);
                throw wrong();
        }
    }

    private boolean take(char c) {
        boolean isIt = next() == c;
        if (isIt) at++;
        return isIt;
    }

    /** What comes next that is no white space; 0 at the end. */
    private char next() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) at++;
        return at < text.length() ? text.charAt(at) : '\0';
    }

    private IllegalArgumentException wrong() {
        return new IllegalArgumentException("no JSON at character " + at);
    }
}
