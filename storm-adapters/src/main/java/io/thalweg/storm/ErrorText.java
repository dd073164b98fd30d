package io.thalweg.storm;

/** The text of a dead letter's reason: one line, bounded, never null. */
final class ErrorText {

  private static final int LONGEST = 500;

  private ErrorText() {}

  static String of(Throwable e) {
    String message = e.getMessage();
    return message == null || message.isBlank() ? e.getClass().getSimpleName() : of(message);
  }

  static String of(String text) {
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
