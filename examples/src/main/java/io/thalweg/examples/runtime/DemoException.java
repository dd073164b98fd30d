package io.thalweg.examples.runtime;

/** What a demo cannot go on without, told to its user: what is wrong and what to do about it. */
public final class DemoException extends RuntimeException {

  private static final long serialVersionUID = 1;

  /**
   * A message for the user.
   *
   * @param message what is wrong, and what to do
   * @param cause shown only when asked for; may be null
   */
  public DemoException(String message, Throwable cause) {
    super(message, cause);
  }
}
