package io.thalweg.storm.kafka;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Set;

/**
 * Low watermark of one spout task: no on-time record below it can still arrive, neither a new one
 * nor a failed one that is emitted again. Also numbers the heartbeats and tracks up to which one
 * they are confirmed.
 *
 * <p>Time is passed in, in milliseconds of any monotonic clock. Records are processed without
 * reading the clock; they take effect at the next {@link #advance} or {@link #startIdleCheck}, so
 * that a partition becomes idle at most one heartbeat later.
 *
 * <p>Cost: one look-up and O(1) per record; O(records in flight) for {@link #advance} and {@link
 * #startIdleCheck}. Not thread-safe.
 *
 * @param <P> type of the partitions
 */
final class LowWatermark<P> {

  /*
   * The rule (MillWheel's low watermark, doi:10.14778/2536222.2536229, per Kafka partition).
   *
   *   bound(p) = largest event time of partition p - disorder
   *   hold(r)  = max( event time of r, bound of its partition when r was first emitted )
   *   limit(p) = min( bound(p), hold(r) over the records r of p in flight )
   *
   * A record that is below the bound of its partition is late, so that no new record of p below
   * bound(p) is on time. A record in flight may fail and be emitted again; its hold keeps it on
   * time if it was. A record that was late when it was emitted holds the watermark no lower than
   * the bound was then, so that late records delay the watermark by no more than their time in
   * flight. A record without an event time (a dead letter) holds nothing.
   *
   * The watermark W is the minimum of limit(p) over all partitions that are not idle. Invariants:
   *
   * - W never decreases. If the minimum decreases, because a partition was added or a late record
   *   arrived, W stays.
   * - A partition without any event time has the bound Long.MIN_VALUE and holds W.
   * - If all partitions are idle, W stays: idleness is not the end of the stream.
   *
   * Idle partitions. A partition is a candidate if, for the idle timeout, no record with an event
   * time was emitted or settled, none is in flight, and every polled record is emitted. Whether its
   * log contains unread records is known only to Kafka. Asking takes time, during which the other
   * partitions advance, and a record may be written to the candidate just after Kafka has looked.
   * The check therefore has two steps:
   *
   * - startIdleCheck remembers "reach", the minimum limit of the partitions that are not
   *   candidates, and returns the candidates. The caller asks Kafka for the ends of their logs.
   * - finishIdleCheck marks as idle the candidates that are read to these ends and had no activity
   *   since. From then on W advances to min( reach, limit of the partitions that are not idle ).
   *
   * A record that is written to an idle partition later thus finds W no further than the others
   * were before it was written, however long it waits to be read. Any activity makes the partition
   * hold W again. If all partitions are candidates, reach is Long.MIN_VALUE: the first one that
   * receives records must wait for the next check.
   *
   * Confirmation. A heartbeat is confirmed when it and all earlier ones are acked. An idle task
   * reports only the heartbeats that were confirmed when the check started. A record that ends the
   * idleness may have been written before later ones were acked.
   */

  private static final class Partition {
    final String source;
    final InFlightOffsets inFlight;
    long lastPolled;
    long lastActive;

    /** True if there was activity since {@link #lastActive} was updated. */
    boolean active;

    boolean markedIdle;

    Partition(String source, long position, long largestTime, long now) {
      this.source = source;
      this.inFlight = new InFlightOffsets(position, largestTime);
      this.lastPolled = position - 1;
      this.lastActive = now;
    }

    /** Returns true if every polled record is emitted and settled. */
    boolean isDrained() {
      return inFlight.unacked() == 0 && isEmitted();
    }

    /** Returns true if every polled record is emitted. */
    boolean isEmitted() {
      return lastPolled <= inFlight.lastOffset();
    }

    /** Returns true if no record in flight, or polled and not yet emitted, has an event time. */
    boolean hasNoTimeInFlight() {
      return inFlight.unackedTimes() == 0 && isEmitted();
    }

    boolean isIdle() {
      return markedIdle && hasNoTimeInFlight();
    }

    void onActivity() {
      active = true;
      markedIdle = false;
    }

    void updateLastActive(long now) {
      if (active) {
        active = false;
        lastActive = now;
      }
    }

    long bound(long disorder) {
      long largest = inFlight.largestTime();
      return largest < Long.MIN_VALUE + disorder ? Long.MIN_VALUE : largest - disorder;
    }

    long limit(long disorder) {
      return Math.min(bound(disorder), inFlight.smallestTime());
    }
  }

  /**
   * State when an idle check was started.
   *
   * @param at time of the start
   * @param reach smallest limit of the partitions that were no candidates; {@code Long.MIN_VALUE}
   *     if all were
   * @param confirmed last confirmed heartbeat
   */
  private record IdleCheck(long at, long reach, long confirmed) {}

  private final long disorder;
  private final long idleTimeout;
  private final Map<P, Partition> partitions = new LinkedHashMap<>();
  private long watermark = Long.MIN_VALUE;
  private long sequence;
  private long confirmed = -1;
  private IdleCheck started;
  private IdleCheck finished = new IdleCheck(0, Long.MIN_VALUE, -1);

  /** Heartbeats acked out of order; bit 0 is the one after {@link #confirmed}. */
  private BitSet acked = new BitSet();

  LowWatermark(long disorder, long idleTimeout) {
    this.disorder = disorder;
    this.idleTimeout = idleTimeout;
  }

  /**
   * Adds a partition, which holds the watermark from now on.
   *
   * @param source name of the partition in the marks
   * @param position offset from which it is read; everything below is settled
   * @param largestTime largest event time below, {@link InFlightOffsets#NO_TIME} if unknown
   */
  void assign(P partition, String source, long position, long largestTime, long now) {
    partitions.put(partition, new Partition(source, position, largestTime, now));
  }

  /** Removes all partitions but the given ones. */
  void retain(Collection<P> assigned) {
    partitions.keySet().retainAll(assigned);
  }

  /** Returns the partitions of the task. */
  Set<P> assigned() {
    return partitions.keySet();
  }

  boolean isAssigned(P partition) {
    return partitions.containsKey(partition);
  }

  /** Records that offsets were polled from Kafka, which may be emitted much later. */
  void onPolled(P partition, long lastOffset) {
    Partition of = partitions.get(partition);
    if (of != null) {
      of.lastPolled = Math.max(of.lastPolled, lastOffset);
    }
  }

  /** Records an emission; the time is {@link InFlightOffsets#NO_TIME} if the record has none. */
  void onEmitted(P partition, long offset, long time) {
    Partition of = partitions.get(partition);
    if (of != null && time == InFlightOffsets.NO_TIME) {
      of.inFlight.add(offset, time);
    } else if (of != null) {
      of.inFlight.add(offset, Math.max(time, of.bound(disorder)));
      of.onActivity();
    }
  }

  /** Records that an offset was acked or given up; ignored if it is not in flight. */
  void onSettled(P partition, long offset) {
    Partition of = partitions.get(partition);
    if (of != null) {
      int before = of.inFlight.unackedTimes();
      of.inFlight.settle(offset);
      if (of.inFlight.unackedTimes() < before) {
        of.onActivity();
      }
    }
  }

  /** Advances the watermark as far as possible, and returns it. */
  long advance(long now) {
    long lowest = Long.MAX_VALUE;
    long lowestNotIdle = finished.reach;
    for (Partition partition : partitions.values()) {
      partition.updateLastActive(now);
      long limit = partition.limit(disorder);
      lowest = Math.min(lowest, limit);
      if (!partition.isIdle()) {
        lowestNotIdle = Math.min(lowestNotIdle, limit);
      }
    }
    raise(lowest);
    raise(lowestNotIdle);
    return watermark;
  }

  private void raise(long to) {
    if (to < Long.MAX_VALUE) {
      watermark = Math.max(watermark, to);
    }
  }

  /**
   * Starts an idle check.
   *
   * @return candidates: partitions that are idle if they are read to the ends of their logs
   */
  List<P> startIdleCheck(long now) {
    List<P> candidates = new ArrayList<>();
    long reach = Long.MAX_VALUE;
    for (Map.Entry<P, Partition> each : partitions.entrySet()) {
      each.getValue().updateLastActive(now);
      if (isCandidate(each.getValue(), now)) {
        candidates.add(each.getKey());
      } else {
        reach = Math.min(reach, each.getValue().limit(disorder));
      }
    }
    if (candidates.size() == partitions.size()) {
      reach = Long.MIN_VALUE; // the first active one must wait for the next check
    }
    started = new IdleCheck(now, reach, confirmed);
    return candidates;
  }

  private boolean isCandidate(Partition partition, long at) {
    return !partition.active
        && partition.hasNoTimeInFlight()
        && at - partition.lastActive >= idleTimeout;
  }

  /**
   * Finishes an idle check: marks as idle the candidates that are read to their ends and had no
   * activity since the check was started.
   *
   * @param read partitions that are read to the ends that they had, among others
   */
  void finishIdleCheck(Set<P> read) {
    partitions.forEach(
        (name, partition) ->
            partition.markedIdle = isCandidate(partition, started.at) && read.contains(name));
    finished = started;
  }

  /** Ends the stream: the watermark is {@code Long.MAX_VALUE} from now on. */
  void end() {
    watermark = Long.MAX_VALUE;
  }

  long watermark() {
    return watermark;
  }

  /**
   * Returns true if all partitions are idle and the stream has not ended. A partition with an
   * unacked event time is not idle.
   */
  boolean isIdle() {
    return watermark < Long.MAX_VALUE && partitions.values().stream().allMatch(Partition::isIdle);
  }

  /** Returns true if a partition is idle. */
  boolean isIdle(P partition) {
    return partitions.get(partition).isIdle();
  }

  /** Returns the largest event time of a partition, {@link InFlightOffsets#NO_TIME} if unknown. */
  long largestTime(P partition) {
    return partitions.get(partition).inFlight.largestTime();
  }

  /**
   * Returns the largest less the smallest of the largest event times of the partitions that are not
   * idle; 0 if fewer than two have one.
   */
  long skew() {
    LongSummaryStatistics times =
        partitions.values().stream()
            .filter(partition -> !partition.isIdle())
            .mapToLong(partition -> partition.inFlight.largestTime())
            .filter(time -> time != InFlightOffsets.NO_TIME)
            .summaryStatistics();
    return times.getCount() == 0 ? 0 : times.getMax() - times.getMin();
  }

  /** Returns true if every polled record is emitted and settled. */
  boolean isDrained() {
    return partitions.values().stream().allMatch(Partition::isDrained);
  }

  long unacked() {
    return partitions.values().stream().mapToLong(partition -> partition.inFlight.unacked()).sum();
  }

  /** Returns the smallest unsettled offset of each source. */
  Map<String, Long> marks() {
    Map<String, Long> marks = new HashMap<>();
    partitions.forEach((name, partition) -> marks.put(partition.source, partition.inFlight.mark()));
    return marks;
  }

  /** Returns the smallest unsettled offset of a partition. */
  long mark(P partition) {
    return partitions.get(partition).inFlight.mark();
  }

  /**
   * Returns the largest event time below the mark of a partition, {@link InFlightOffsets#NO_TIME}
   * if unknown.
   */
  long largestSettledTime(P partition) {
    return partitions.get(partition).inFlight.largestSettledTime();
  }

  /** Returns the number of a new heartbeat. */
  long nextSequence() {
    return sequence++;
  }

  /** Records that a heartbeat was acked. */
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
   * Returns the last heartbeat up to which all are acked, -1 if there is none; if the task is idle,
   * the one when its idle check was started.
   */
  long confirmed() {
    return isIdle() ? finished.confirmed : confirmed;
  }

  /** Returns the number of heartbeats after the last confirmed one. */
  long unconfirmed() {
    return sequence - 1 - confirmed;
  }
}
