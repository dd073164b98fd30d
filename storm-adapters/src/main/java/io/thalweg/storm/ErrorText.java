package io.thalweg.storm;

/**
 * Reason of a dead letter as text: one line of at most 500 characters, never null.
 *
 * <p>Public for the packages of the adapters only.
 */
public final class ErrorText {

  private static final int LONGEST = 500;

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
   * Returns the first line of a text.
   *
   * @param text the text; may be null
   * @return the line, cut at 500 characters
   */
  public static String of(String text) {
    if (text == null) {
      return "no reason given";
    }
    String line = text.lines().findFirst().orElse("no reason given");
    if (line.length() <= LONGEST) {
      return line;
    }
    int end = Character.isHighSurrogate(line.charAt(LONGEST - 1)) ? LONGEST - 1 : LONGEST;
    return line.substring(0, end) + "…";
  }
}
