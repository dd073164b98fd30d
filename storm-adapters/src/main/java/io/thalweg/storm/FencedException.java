package io.thalweg.storm;

/**
 * Says that a shard has another holder now: this one was believed dead, or the number of tasks has
 * changed. Nothing was committed; whatever the task still does is for nothing, and it has to end.
 */
public final class FencedException extends RuntimeException {

  private static final long serialVersionUID = 1;

  /**
   * Creates the exception.
   *
   * @param message which shard it was, and the epoch of this holder
   */
  public FencedException(String message) {
    super(message);
  }
}
