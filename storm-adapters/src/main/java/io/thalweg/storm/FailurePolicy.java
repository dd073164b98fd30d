package io.thalweg.storm;

import java.io.Serializable;
import org.apache.storm.task.TopologyContext;

/**
 * Reaction of a component to a record or result that it cannot process: it stops, or it turns the
 * record or result into a dead letter and goes on.
 *
 * <p>Failures of the infrastructure, such as a store or a database that cannot be reached, are none
 * of these: they always stop the component. {@link ProcessorBolt#withFailurePolicy} and {@link
 * io.thalweg.storm.jdbc.JdbcSink#withFailurePolicy} define which failures the policy applies to.
 * Immutable.
 */
public final class FailurePolicy implements Serializable {

  private static final long serialVersionUID = 1;
  private static final int MAX_CONSECUTIVE = 100;

  private final int maxConsecutive;

  private FailurePolicy(int maxConsecutive) {
    this.maxConsecutive = maxConsecutive;
  }

  /**
   * Returns the policy that ends the worker with an exception. Storm starts another worker, which
   * receives the same record. Nothing is lost, and nothing passes the record.
   *
   * @return the policy
   */
  public static FailurePolicy stop() {
    return new FailurePolicy(0);
  }

  /**
   * Returns the policy that emits dead letters, and stops after more than 100 failures in a row.
   *
   * @return the policy
   */
  public static FailurePolicy deadLetter() {
    return deadLetter(MAX_CONSECUTIVE);
  }

  /**
   * Returns the policy that emits dead letters, and stops after too many failures in a row, which
   * are the sign of a broken deployment rather than of single bad records.
   *
   * @param maxConsecutive the largest number of failures in a row that become dead letters
   * @return the policy
   * @throws IllegalArgumentException if the number is not positive
   */
  public static FailurePolicy deadLetter(int maxConsecutive) {
    if (maxConsecutive <= 0) {
      throw new IllegalArgumentException(
          "maxConsecutive must be positive, use stop() for none: " + maxConsecutive);
    }
    return new FailurePolicy(maxConsecutive);
  }

  /**
   * Returns whether a failure becomes a dead letter.
   *
   * @param consecutive the number of failures in a row, including this one
   * @return false if the component stops
   */
  public boolean permits(int consecutive) {
    return consecutive <= maxConsecutive;
  }

  /**
   * Returns whether this policy emits dead letters.
   *
   * @return false if the component stops at the first failure
   */
  public boolean emitsDeadLetters() {
    return maxConsecutive > 0;
  }

  /**
   * Requires a subscriber of the dead letters, without which the records would be lost.
   *
   * @param context the component
   * @throws IllegalStateException if the policy emits dead letters and no component receives them
   */
  public void requireSubscriber(TopologyContext context) {
    if (emitsDeadLetters() && !context.getThisTargets().containsKey(Streams.DEAD_LETTER)) {
      throw new IllegalStateException(
          ("%s: dead letters of the failure policy must be received by a component, otherwise they"
                  + " are lost: add one with globalGrouping(\"%s\", Streams.DEAD_LETTER), or use"
                  + " FailurePolicy.stop()")
              .formatted(context.getThisComponentId(), context.getThisComponentId()));
    }
  }

  @Override
  public String toString() {
    return emitsDeadLetters()
        ? "dead letter, at most " + maxConsecutive + " in a row"
        : "stop at the first failure";
  }
}
