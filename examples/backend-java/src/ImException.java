/** The server cannot be asked, or does not do it. */
final class ImException extends RuntimeException {
    ImException(String message) {
        super(message);
    }
}
