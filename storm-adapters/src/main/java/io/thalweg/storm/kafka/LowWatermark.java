package io.thalweg.storm.kafka;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What one spout task knows of event time: the watermark, below which nothing good can come any
 * more, neither new from a partition nor again because it failed.
 *
 * <ul>
 *   <li>The bound of a partition is its largest event time less the disorder bound.
 *   <li>The hold of a record in flight is the larger of its event time and the bound of its
 *       partition when it was first emitted. A record that is late when it is emitted therefore
 *       does not hold the watermark: however many such records are in flight, W follows the bounds
 *       within the time from emission to ack.
 *   <li>W is the smaller of the smallest hold of a record in flight and the smallest bound of a
 *       partition that counts. It never goes back.
 *   <li>A record without an event time (a dead letter, a null value) neither holds W nor keeps its
 *       partition from being idle.
 *   <li>A partition counts from its assignment until it is idle: for the idle time no record with
 *       an event time was emitted or acked, none is in flight, no record is polled and not yet
 *       emitted, and the partition is read to the end of its log. That is so at a moment, at which
 *       the caller asks for the end ({@link #ask}); with the answer ({@link #answer}) W may go as
 *       far as the others were then. So what is written later to a partition that is silent finds W
 *       no further than others were before it, however long it waits to be read.
 *   <li>When no partition counts W stays: that all are silent is not the end of the stream.
 *   <li>A partition that has given no event time yet holds W where it is.
 * </ul>
 *
 * <p>It also numbers the heartbeats and knows up to which they are confirmed.
 *
 * <p>Time is passed in, in milliseconds of any clock that does not go back, and is compared with
 * itself only. What happens to records is taken to happen at the next {@link #advance} or {@link
 * #ask}, so that no clock is read for a record; a partition is silent later for it, by one
 * heartbeat at most.
 *
 * <p>Cost: a look-up and O(1) for each record; O(records under way) to advance and to ask. Not
 * thread-safe.
 *
 * @param <P> what names a partition
 */
final class LowWatermark<P> {

  private static final class Partition {
    final String source;
    final InFlightOffsets inFlight;
    long lastPolled;
    long lastActive;
    boolean active;
    boolean resting;

    Partition(String source, long position, long largest, long now) {
      this.source = source;
      this.inFlight = new InFlightOffsets(position, largest);
      this.lastPolled = position - 1;
      this.lastActive = now;
    }

    /** Returns whether every record that was polled is emitted and settled. */
    boolean done() {
      return inFlight.unacked() == 0 && isEmitted();
    }

    /** Returns whether every record that was polled is emitted. */
    boolean isEmitted() {
      return lastPolled <= inFlight.last();
    }

    /** Returns whether no record can be in flight, or be emitted next, that has an event time. */
    boolean hasNoTimeInFlight() {
      return inFlight.unackedTimes() == 0 && isEmitted();
    }

    /** Returns whether this partition does not count. */
    boolean isIdle() {
      return resting && hasNoTimeInFlight();
    }

    void wake() {
      active = true;
      resting = false;
    }

    void hear(long now) {
      if (active) {
        active = false;
        lastActive = now;
      }
    }

    /** Returns the largest event time less the disorder bound, {@code Long.MIN_VALUE} if none. */
    long bound(long disorder) {
      long largest = inFlight.largest();
      return largest < Long.MIN_VALUE + disorder ? Long.MIN_VALUE : largest - disorder;
    }

    /** Returns the largest watermark that this partition allows. */
    long holds(long disorder) {
      return Math.min(bound(disorder), inFlight.lowest());
    }
  }

  /**
   * How things were when the caller asked for the ends of logs.
   *
   * @param at when
   * @param reach where the partitions that were not quiet held the watermark, {@code
   *     Long.MIN_VALUE} if there were none
   * @param confirmed up to where the heartbeats were confirmed
   */
  private record Question(long at, long reach, long confirmed) {}

  private final long disorder;
  private final long idleAfter;
  private final Map<P, Partition> partitions = new LinkedHashMap<>();
  private long watermark = Long.MIN_VALUE;
  private long sequence;
  private long confirmed = -1;
  private Question asked;
  private Question answered = new Question(0, Long.MIN_VALUE, -1);

  /** Heartbeats acked behind a gap; bit 0 stands for the one after {@link #confirmed}. */
  private BitSet acked = new BitSet();

  LowWatermark(long disorder, long idleAfter) {
    this.disorder = disorder;
    this.idleAfter = idleAfter;
  }

  /**
   * Takes a partition, which counts from now on.
   *
   * @param source its name in the marks
   * @param position the offset from which it is read, all below which is settled
   * @param largest the largest event time below that, {@link InFlightOffsets#NONE} if unknown
   */
  void assign(P partition, String source, long position, long largest, long now) {
    partitions.put(partition, new Partition(source, position, largest, now));
  }

  /** Forgets all other partitions. */
  void retain(Collection<P> assigned) {
    partitions.keySet().retainAll(assigned);
  }

  boolean isAssigned(P partition) {
    return partitions.containsKey(partition);
  }

  /** Takes note that records were read from Kafka, which may be emitted much later. */
  void polled(P partition, long lastOffset) {
    Partition of = partitions.get(partition);
    if (of != null) {
      of.lastPolled = Math.max(of.lastPolled, lastOffset);
    }
  }

  /** Takes note of an emission; the time is {@link InFlightOffsets#NONE} if the record has none. */
  void emitted(P partition, long offset, long time) {
    Partition of = partitions.get(partition);
    if (of != null && time == InFlightOffsets.NONE) {
      of.inFlight.emitted(offset, time);
    } else if (of != null) {
      of.inFlight.emitted(offset, Math.max(time, of.bound(disorder)));
      of.wake();
    }
  }

  /** Takes note that a record is acked, or given up. Of what is not under way, nothing. */
  void settled(P partition, long offset) {
    Partition of = partitions.get(partition);
    if (of != null) {
      boolean hasTime = of.inFlight.hasTime(offset);
      if (of.inFlight.settled(offset) && hasTime) {
        of.wake();
      }
    }
  }

  /** Moves W to where it may be now. */
  long advance(long now) {
    long lowest = Long.MAX_VALUE;
    long lowestCounting = answered.reach;
    for (Partition partition : partitions.values()) {
      partition.hear(now);
      long holds = partition.holds(disorder);
      lowest = Math.min(lowest, holds);
      if (!partition.isIdle()) {
        lowestCounting = Math.min(lowestCounting, holds);
      }
    }
    raise(lowest);
    raise(lowestCounting);
    return watermark;
  }

  private void raise(long to) {
    if (to < Long.MAX_VALUE) {
      watermark = Math.max(watermark, to);
    }
  }

  /**
   * Takes note of how things are now, for {@link #answer}.
   *
   * @return the partitions that are silent if they are read to the end of their logs
   */
  List<P> ask(long now) {
    List<P> quiet = new ArrayList<>();
    long reach = Long.MAX_VALUE;
    for (Map.Entry<P, Partition> each : partitions.entrySet()) {
      each.getValue().hear(now);
      if (isQuiet(each.getValue(), now)) {
        quiet.add(each.getKey());
      } else {
        reach = Math.min(reach, each.getValue().holds(disorder));
      }
    }
    if (quiet.size() == partitions.size()) {
      reach = Long.MIN_VALUE; // what wakes first has to wait for the next question
    }
    asked = new Question(now, reach, confirmed);
    return quiet;
  }

  private boolean isQuiet(Partition partition, long at) {
    return !partition.active
        && partition.hasNoTimeInFlight()
        && at - partition.lastActive >= idleAfter;
  }

  /**
   * Lets those partitions rest that were quiet when the ends were asked, are read to these ends,
   * and gave nothing since.
   *
   * @param read those that are read to the ends that they had, among others
   */
  void answer(Set<P> read) {
    partitions.forEach(
        (name, partition) ->
            partition.resting = isQuiet(partition, asked.at) && read.contains(name));
    answered = asked;
  }

  /** Ends the stream: W is {@code Long.MAX_VALUE} from now on. */
  void end() {
    watermark = Long.MAX_VALUE;
  }

  long watermark() {
    return watermark;
  }

  /**
   * Whether no partition counted when that was last asked, and nothing came since. What is un-acked
   * makes its partition count; and after the end there is nothing to wait for.
   */
  boolean idle() {
    return watermark < Long.MAX_VALUE && partitions.values().stream().allMatch(Partition::isIdle);
  }

  /** Whether everything that was read is emitted and settled. */
  boolean done() {
    return partitions.values().stream().allMatch(Partition::done);
  }

  long unacked() {
    return partitions.values().stream().mapToLong(partition -> partition.inFlight.unacked()).sum();
  }

  /** The smallest offset of each source that is not settled. */
  Map<String, Long> marks() {
    Map<String, Long> marks = new HashMap<>();
    partitions.forEach((name, partition) -> marks.put(partition.source, partition.inFlight.mark()));
    return marks;
  }

  /** The smallest offset of a partition that is not settled. */
  long mark(P partition) {
    return partitions.get(partition).inFlight.mark();
  }

  /**
   * The largest event time below the mark of a partition, {@link InFlightOffsets#NONE} if unknown.
   */
  long settledLargest(P partition) {
    return partitions.get(partition).inFlight.settledLargest();
  }

  /** The number of a new heartbeat. */
  long nextSequence() {
    return sequence++;
  }

  /** Takes note that a heartbeat is acked. */
  void confirm(long number) {
    if (number > confirmed) {
      acked.set(Math.toIntExact(number - confirmed - 1));
      int run = acked.nextClearBit(0);
      if (run > 0) {
        confirmed += run;
        acked = acked.get(run, acked.length());
      }
    }
  }

  /**
   * Up to which heartbeat all are acked, -1 for none. When the task is idle, it is so since after
   * the last of them arrived: what was acked since that was asked is kept back.
   */
  long confirmed() {
    return idle() ? answered.confirmed : confirmed;
  }

  /** How many heartbeats there are beyond the last that is confirmed. */
  long unconfirmed() {
    return sequence - 1 - confirmed;
  }
}
