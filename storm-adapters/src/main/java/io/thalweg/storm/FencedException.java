package io.thalweg.storm;

/**
 * Exception of a commit to a shard that another task has acquired, because this task was believed
 * dead or because the number of tasks has changed. Nothing was committed, and the task must end.
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
