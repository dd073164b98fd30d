package io.thalweg.examples.runtime;

/** Failure of an example that its user can mend; the message names the fault and the remedy. */
public final class DemoException extends RuntimeException {

  private static final long serialVersionUID = 1;

  /**
   * Creates an exception.
   *
   * @param message the fault and the remedy, for the user
   * @param cause the cause, shown with {@code --verbose}; may be null
   */
  public DemoException(String message, Throwable cause) {
    super(message, cause);
  }
}
