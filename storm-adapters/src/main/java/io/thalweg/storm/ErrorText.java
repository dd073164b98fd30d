package io.thalweg.storm;

import java.nio.ByteBuffer;
import java.util.regex.Pattern;

/**
 * Text from outside the program, for a log, an exception or the reason of a dead letter: one line
 * of bounded length, without control characters, never null. A device id with a line end could
 * otherwise forge a line of the log.
 *
 * <p>Public for the packages of the adapters and for the log bolts of a topology.
 */
public final class ErrorText {

  private static final int LONGEST = 500;
  private static final int LONGEST_NAME = 100;

  /** Control and format characters, unpaired surrogates, line and paragraph separators. */
  private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{C}\\p{Zl}\\p{Zp}]");

  private ErrorText() {}

  /**
   * Returns the first line of an exception's message.
   *
   * @param e the exception
   * @return the line; the simple name of the class if there is no message
   */
  public static String of(Throwable e) {
    String message = e.getMessage();
    return message == null || message.isBlank() ? e.getClass().getSimpleName() : of(message);
  }

  /**
   * Returns the first line of the message of an exception for a value that cannot be read. It names
   * the framing of a schema registry (byte 0, then the id of the schema in four bytes), which a
   * decoder of plain data cannot read.
   *
   * @param e the exception
   * @param value the value; may be null
   * @return the line
   */
  public static String ofUnreadable(Throwable e, byte[] value) {
    if (value == null || value.length < 1 + Integer.BYTES || value[0] != 0) {
      return of(e);
    }
    int schema = ByteBuffer.wrap(value, 1, Integer.BYTES).getInt();
    return of(
        "value begins with byte 0 and schema id %d, as a serializer with a schema registry writes it:"
                .formatted(schema)
            + " decode the bytes after the first five, or write without the registry: "
            + of(e));
  }

  /**
   * Returns the first line of a text. Control characters become U+FFFD.
   *
   * @param text the text; may be null
   * @return the line, cut at 500 characters
   */
  public static String of(String text) {
    if (text == null) {
      return "no reason given";
    }
    return printable(text.lines().findFirst().orElse("no reason given"), LONGEST);
  }

  /**
   * Returns a name from the data, such as a key, as one line. Control characters and line ends
   * become U+FFFD.
   *
   * @param name the name; may be null
   * @return the line, cut at 100 characters
   */
  public static String ofName(Object name) {
    return printable(String.valueOf(name), LONGEST_NAME);
  }

  private static String printable(String line, int longest) {
    String cut = line;
    if (line.length() > longest) {
      int end = Character.isHighSurrogate(line.charAt(longest - 1)) ? longest - 1 : longest;
      cut = line.substring(0, end) + "…";
    }
    return UNPRINTABLE.matcher(cut).replaceAll("\uFFFD");
  }
}
