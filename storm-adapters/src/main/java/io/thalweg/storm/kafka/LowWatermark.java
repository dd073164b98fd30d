package io.thalweg.storm.kafka;

import io.thalweg.storm.Heartbeat;
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
   * time if it was. A record that was late when it was first emitted remains late, and holds the
   * watermark no lower than the bound was then, so that late records delay the watermark by no more
   * than their time in flight. A record without an event time (a dead letter) holds nothing.
   *
   * The watermark W is the minimum of limit(p) over all partitions that are not idle. Invariants:
   *
   * - W never decreases. If the minimum decreases, because a partition was added or a late record
   *   arrived, W stays.
   * - A partition without any event time has the bound Long.MIN_VALUE and holds W.
   * - If all partitions are idle, W stays: idleness is not the end of the stream.
   *
   * Idle partitions. A partition is a candidate if, for the idle timeout, no activity was emitted
   * or settled, and none is in flight. Activity is an on-time record, and a late one that is first
   * emitted within ten idle timeouts after the last on-time record: the bolts may admit it, also
   * when it fails and is emitted again. Other late records and dead letters are no activity, so
   * that a partition that receives nothing else becomes idle; its records in flight then hold
   * nothing. Whether its log contains unread records is known only to Kafka. Asking takes time,
   * during which the other partitions advance, and a record may be written to the candidate just
   * after Kafka has looked. The check therefore has two steps:
   *
   * - startIdleCheck remembers "reach", the minimum limit of the partitions that are not
   *   candidates, and returns the candidates. The caller asks Kafka for the ends of their logs.
   * - finishIdleCheck marks as idle the candidates whose records below these ends are emitted and
   *   that had no activity since. From then on W advances to min( reach, limit of the partitions
   *   that are not idle ). Until then, the result of the check before counts. Records beyond the
   *   ends do not matter, since they were written after the start.
   *
   * A record that is written to an idle partition later thus finds W no further than the others
   * were before it was written, however long it waits to be read. Any activity makes the partition
   * hold W again. If all partitions are candidates, the first one that receives records must wait
   * for the next check: reach is then the minimum limit of the candidates that have an event time,
   * so that W does not advance, except past a partition that has never had one.
   *
   * Clock. If all partitions are idle, no on-time record is to come that was written before the
   * check started. The bolts may then continue event time at
   *
   *   clock when the check started - distance - delay
   *
   * where delay is the time by which the partitions were behind the clock when they were active for
   * the last time (largest clock - event time of their on-time records). A partition whose records
   * arrive once a minute, each time for the minute before, is so given another minute. A delay of
   * more than Heartbeat.MAX_DELAY_MILLIS is that of a replay and does not count; the bolts follow
   * the clock only if event time had come near it.
   *
   * If no check was finished for longer than the idle timeout, Kafka was not reachable, so that
   * producers may hold back records. The idle timeout must pass again before the clock counts.
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

    long lastOnTime;

    /** True if an on-time record was emitted since {@link #lastOnTime} was updated. */
    boolean onTime;

    /** True if late records are activity. */
    boolean lateIsActivity = true;

    boolean markedIdle;

    /** Smallest on-time event time emitted since the last idle check. */
    long earliest = Long.MAX_VALUE;

    /** Clock less the smallest on-time event time when the partition was last active. */
    long delay;

    Partition(String source, long position, long largestTime, long now) {
      this.source = source;
      this.inFlight = new InFlightOffsets(position, largestTime);
      this.lastPolled = position - 1;
      this.lastActive = now;
      this.lastOnTime = now;
    }

    /** Returns true if every polled record is emitted and settled. */
    boolean isDrained() {
      return inFlight.unacked() == 0 && isEmitted();
    }

    /** Returns true if every polled record is emitted. */
    boolean isEmitted() {
      return lastPolled <= inFlight.lastOffset();
    }

    boolean isIdle() {
      return markedIdle && inFlight.unackedActivity() == 0;
    }

    void onActivity() {
      active = true;
      markedIdle = false;
    }

    void updateLastActive(long now, long lateTimeout) {
      if (active) {
        active = false;
        lastActive = now;
      }
      if (onTime) {
        onTime = false;
        lastOnTime = now;
      }
      lateIsActivity = now - lastOnTime < lateTimeout;
    }

    void updateDelay(long clock) {
      if (earliest < Long.MAX_VALUE) {
        boolean live = earliest >= clock - Heartbeat.MAX_DELAY_MILLIS;
        delay = live ? Math.max(0, clock - earliest) : 0;
        earliest = Long.MAX_VALUE;
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
   * @param since time of the start of the first check since which none was missed
   * @param reach smallest limit of the partitions that were no candidates; if all were, of those
   *     that have an event time
   * @param confirmed last confirmed heartbeat
   * @param clock the clock at the start, less distance and delay
   */
  private record IdleCheck(long at, long since, long reach, long confirmed, long clock) {
    static final IdleCheck NONE = new IdleCheck(0, 0, Long.MIN_VALUE, -1, Heartbeat.NO_CLOCK);
  }

  /** Idle timeouts after the last on-time record in which late records are activity. */
  static final int LATE_TIMEOUTS = 10;

  /** Distance to the clock of a task that does not follow it. */
  static final long NO_DISTANCE = -1;

  private final long disorder;
  private final long idleTimeout;

  /** Time since the last on-time record of a partition after which late ones are no activity. */
  private final long lateTimeout;

  private final long distance;
  private final Map<P, Partition> partitions = new LinkedHashMap<>();
  private long watermark = Long.MIN_VALUE;
  private long sequence;
  private long confirmed = -1;
  private IdleCheck started;
  private IdleCheck finished = IdleCheck.NONE;

  /** Heartbeats acked out of order; bit 0 is the one after {@link #confirmed}. */
  private BitSet acked = new BitSet();

  /**
   * Creates a watermark without partitions.
   *
   * @param disorder disorder bound of a partition
   * @param idleTimeout time without records after which a partition may be idle
   * @param distance distance to the clock when all are idle, or {@link #NO_DISTANCE}
   */
  LowWatermark(long disorder, long idleTimeout, long distance) {
    this.disorder = disorder;
    this.idleTimeout = idleTimeout;
    this.lateTimeout =
        idleTimeout > Long.MAX_VALUE / LATE_TIMEOUTS ? Long.MAX_VALUE : LATE_TIMEOUTS * idleTimeout;
    this.distance = distance;
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
    if (of == null) {
      return;
    }
    long bound = of.bound(disorder);
    if (offset > of.inFlight.lastOffset() && time != InFlightOffsets.NO_TIME && time >= bound) {
      of.earliest = Math.min(of.earliest, time);
      of.onTime = true;
    }
    if (of.inFlight.add(offset, time, bound, of.lateIsActivity)) {
      of.onActivity();
    }
  }

  /** Records that an offset was acked or given up; ignored if it is not in flight. */
  void onSettled(P partition, long offset) {
    Partition of = partitions.get(partition);
    if (of != null && of.inFlight.settle(offset)) {
      of.onActivity();
    }
  }

  /** Advances the watermark as far as possible, and returns it. */
  long advance(long now) {
    long lowest = Long.MAX_VALUE;
    long lowestNotIdle = finished.reach;
    for (Partition partition : partitions.values()) {
      partition.updateLastActive(now, lateTimeout);
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
   * @param clock the clock of event time, in milliseconds since the epoch
   * @return candidates: partitions that are idle if they are read to the ends of their logs
   */
  List<P> startIdleCheck(long now, long clock) {
    List<P> candidates = new ArrayList<>();
    long reach = Long.MAX_VALUE;
    long reachOfCandidates = Long.MAX_VALUE;
    long delay = 0;
    for (Map.Entry<P, Partition> each : partitions.entrySet()) {
      Partition partition = each.getValue();
      partition.updateLastActive(now, lateTimeout);
      partition.updateDelay(clock);
      delay = Math.max(delay, partition.delay);
      long limit = partition.limit(disorder);
      if (!isCandidate(partition, now)) {
        reach = Math.min(reach, limit);
      } else {
        candidates.add(each.getKey());
        if (limit > Long.MIN_VALUE) {
          reachOfCandidates = Math.min(reachOfCandidates, limit);
        }
      }
    }
    if (candidates.size() == partitions.size()) {
      reach = reachOfCandidates < Long.MAX_VALUE ? reachOfCandidates : Long.MIN_VALUE;
    }
    boolean missed = finished == IdleCheck.NONE || now - finished.at > idleTimeout;
    started =
        new IdleCheck(
            now,
            missed ? now : finished.since,
            reach,
            confirmed,
            distance == NO_DISTANCE ? Heartbeat.NO_CLOCK : clock - distance - delay);
    return candidates;
  }

  private boolean isCandidate(Partition partition, long at) {
    return !partition.active
        && partition.inFlight.unackedActivity() == 0
        && at - partition.lastActive >= idleTimeout;
  }

  /**
   * Finishes an idle check: marks as idle the candidates whose records below their ends are emitted
   * and that had no activity since the check was started.
   *
   * @param read partitions whose records below their ends are emitted, among others
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
   * Returns true if all partitions are idle and the stream has not ended. A partition with unacked
   * activity is not idle.
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

  /**
   * Returns the event time up to which the bolts may follow the clock, {@link Heartbeat#NO_CLOCK}
   * if the task is not idle or does not follow it.
   */
  long clock() {
    return isIdle() && finished.at - finished.since >= idleTimeout
        ? finished.clock
        : Heartbeat.NO_CLOCK;
  }

  /** Returns the largest offset of a partition that was emitted so far. */
  long lastOffset(P partition) {
    return partitions.get(partition).inFlight.lastOffset();
  }

  /** Returns true if every polled record of a partition is emitted. */
  boolean isEmitted(P partition) {
    return partitions.get(partition).isEmitted();
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

  /** Returns the number of settled offsets above the mark of a partition. */
  int settledAboveMark(P partition) {
    Partition of = partitions.get(partition);
    return of == null ? 0 : of.inFlight.settledAboveMark();
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
