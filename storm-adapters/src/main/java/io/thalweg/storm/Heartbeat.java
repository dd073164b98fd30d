package io.thalweg.storm;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.storm.tuple.Tuple;

/**
 * Message of the stream {@link Streams#WATERMARK}: the watermark of a task, and the progress of the
 * spout that created the message. Bolts forward it with the same id.
 *
 * @param id the identity of the message
 * @param watermark no on-time event below it is still to come; {@code Long.MIN_VALUE} if unknown,
 *     {@code Long.MAX_VALUE} at the end of the stream
 * @param confirmed the largest sequence number of this incarnation up to which all heartbeats are
 *     acked; -1 for none
 * @param idle true if the sending task has no partition that counts for the watermark
 * @param marks the settled mark of each source: the smallest number that may still be sent again
 * @param clock the clock when an idle task was last found idle, less its distance to the clock;
 *     {@link #NO_CLOCK} if the task is not idle or does not follow the clock
 */
public record Heartbeat(
    Id id, long watermark, long confirmed, boolean idle, Map<String, Long> marks, long clock) {

  /** Value of {@link #clock} in a heartbeat without one. */
  public static final long NO_CLOCK = Long.MIN_VALUE;

  /**
   * Largest delay of a live stream in milliseconds: one hour. Event time follows the clock only if
   * it is behind the clock by no more than that.
   */
  public static final long MAX_DELAY_MILLIS = 3_600_000;

  /**
   * Creates a heartbeat.
   *
   * @param id not null
   * @param watermark any
   * @param confirmed at least -1
   * @param idle true or false
   * @param marks not null, not to be changed
   * @param clock any
   */
  public Heartbeat {
    requireNonNull(id, "id");
    marks = Collections.unmodifiableMap(marks);
  }

  /**
   * One start of a spout task. Each start numbers its heartbeats from 0.
   *
   * @param spout the Storm task of the spout
   * @param number a random number, different for each start; negative if the start resumes
   */
  public record Incarnation(int spout, long number) {

    /**
     * Creates the incarnation of a start.
     *
     * @param spout the Storm task of the spout
     * @param random a random number, from 1
     * @param resumes true if an earlier start of the consumer group has committed offsets after a
     *     heartbeat was confirmed, so that each bolt behind the spout has committed state
     * @return the incarnation
     */
    public static Incarnation of(int spout, long random, boolean resumes) {
      return new Incarnation(spout, resumes ? random | Long.MIN_VALUE : random & Long.MAX_VALUE);
    }

    /** Returns true if each bolt behind the spout has committed state at an earlier start. */
    boolean resumes() {
      return number < 0;
    }

    /** Returns the text {@code spout/number}. */
    @Override
    public String toString() {
      return spout + "/" + number;
    }

    /**
     * Parses the text of an incarnation.
     *
     * @throws IllegalArgumentException if the text has another form
     */
    static Incarnation parse(String text) {
      int slash = text.indexOf('/');
      if (slash < 0) {
        throw new IllegalArgumentException("incarnation must be spout/number: " + text);
      }
      return new Incarnation(
          Integer.parseInt(text.substring(0, slash)), Long.parseLong(text.substring(slash + 1)));
    }
  }

  /**
   * Identity of a heartbeat. A heartbeat that failed is sent again with the same id.
   *
   * @param incarnation the start of the spout task
   * @param sequence the running number within the incarnation, from 0
   */
  public record Id(Incarnation incarnation, long sequence) {

    /** Id that no heartbeat has: its outbox records move to the first heartbeat that arrives. */
    static final Id NONE = new Id(new Incarnation(-1, 0), 0);
  }

  /**
   * Reads a heartbeat from a tuple.
   *
   * @param tuple a tuple with the fields {@link TupleFields#HEARTBEAT}
   * @return the heartbeat
   */
  public static Heartbeat of(Tuple tuple) {
    return new Heartbeat(
        new Id(
            new Incarnation(
                tuple.getIntegerByField(TupleFields.SPOUT),
                tuple.getLongByField(TupleFields.INCARNATION)),
            tuple.getLongByField(TupleFields.SEQUENCE)),
        tuple.getLongByField(TupleFields.WATERMARK),
        tuple.getLongByField(TupleFields.CONFIRMED),
        tuple.getBooleanByField(TupleFields.IDLE),
        SettledMarks.decode(tuple.getBinaryByField(TupleFields.MARKS)),
        tuple.getLongByField(TupleFields.CLOCK));
  }

  /**
   * Returns the values of the tuple.
   *
   * @return one value for each of {@link TupleFields#HEARTBEAT}, in their order
   */
  public List<Object> values() {
    return List.of(
        watermark,
        id.incarnation.spout,
        id.incarnation.number,
        id.sequence,
        confirmed,
        idle,
        SettledMarks.encode(marks),
        clock);
  }
}
