package io.thalweg.storm.kafka;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.storm.kafka.spout.KafkaSpoutMessageId;
import org.apache.storm.kafka.spout.KafkaSpoutRetryService;
import org.apache.storm.utils.Time;

/**
 * Retry service with exponential backoff: the delay doubles from the first one to the longest. It
 * gives up a record that fails too often while others are acked.
 *
 * <p>A failure counts only if a record has been acked that was emitted since the failure before: a
 * sink that is down for every record uses up the retries of none. A failure also counts while its
 * partition is blocked: its failing records stop the spout from emitting later ones. A record that
 * is given up is emitted once more as a dead letter (see {@link HeaderRecordTranslator}), to which
 * the same bound applies anew.
 *
 * <p>Storm's own service computes {@code delay * 2^failures}, which overflows: after the 44th
 * failure of a record it mostly retries at once, after the 58th always. It also searches linearly,
 * so that 40,000 failed tuples cost seconds of the spout's thread.
 *
 * <p>Per partition, waiting records are sorted by due time, and due records by offset; a record
 * moves once from the first set to the second. All operations are O(log n) amortized except {@link
 * #retainAll} and {@link #removeBelow}.
 */
final class RetryBackoff implements KafkaSpoutRetryService {

  private static final long serialVersionUID = 1;

  private final long firstMillis;
  private final long longestMillis;
  private final int maxRetries;
  private transient long emissions;
  private transient long lastAcked;
  private transient Map<TopicPartition, Schedule> schedules = new HashMap<>();

  /** Smallest offset of each partition to which the spout went back; until it is taken. */
  private transient Map<TopicPartition, Long> sought = new HashMap<>();

  private transient Consumer<Set<TopicPartition>> pollListener;
  private transient Predicate<TopicPartition> blocked;

  RetryBackoff(long firstMillis, long longestMillis, int maxRetries) {
    this.firstMillis = firstMillis;
    this.longestMillis = longestMillis;
    this.maxRetries = maxRetries;
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    schedules = new HashMap<>();
    sought = new HashMap<>();
  }

  /** Id of a record, with the history of its failures. */
  private static final class RecordId extends KafkaSpoutMessageId {
    private static final long serialVersionUID = 1;

    /** Number of emissions of the task when this record was first emitted or last failed. */
    private long since;

    private int countedFailures;

    /** Number of failures when the record was given up; 0 if it was not. */
    private int failuresToGiveUp;

    RecordId(TopicPartition partition, long offset) {
      super(partition, offset);
    }
  }

  private record Entry(RecordId id, long dueNanos) implements Comparable<Entry> {
    @Override
    public int compareTo(Entry other) {
      // By difference, since a nanosecond clock may wrap.
      int byTime = Long.signum(dueNanos - other.dueNanos);
      return byTime != 0 ? byTime : Long.compare(id.offset(), other.id.offset());
    }
  }

  /** Failed records of one partition. */
  private static final class Schedule {
    final Map<Long, Entry> all = new HashMap<>();
    final TreeSet<Entry> waiting = new TreeSet<>();
    final TreeMap<Long, Entry> due = new TreeMap<>();

    void moveDue(long now) {
      while (!waiting.isEmpty() && waiting.first().dueNanos - now <= 0) {
        Entry entry = waiting.pollFirst();
        due.put(entry.id.offset(), entry);
      }
    }

    boolean remove(long offset) {
      Entry entry = all.remove(offset);
      if (entry == null) {
        return false;
      }
      if (due.remove(offset) == null) {
        waiting.remove(entry);
      }
      return true;
    }
  }

  /** Returns the delay after a number of failures, from 1. */
  long delayMillis(int failures) {
    int doublings = Math.max(failures, 1) - 1;
    return doublings >= Long.SIZE - 1 || firstMillis > longestMillis >> doublings
        ? longestMillis
        : firstMillis << doublings;
  }

  /** Records an emission. */
  void onEmitted(KafkaSpoutMessageId msgId) {
    emissions++;
    RecordId id = (RecordId) msgId;
    if (id.since == 0) {
      id.since = emissions;
    }
  }

  /** Records an ack. The dead letter of a record that was given up is no sign of progress. */
  void onAcked(KafkaSpoutMessageId msgId) {
    RecordId id = (RecordId) msgId;
    if (id.failuresToGiveUp == 0) {
      lastAcked = Math.max(lastAcked, id.since);
    }
  }

  /** Returns whether the last failure of a record was the one at which it was given up. */
  boolean isGivenUpNow(KafkaSpoutMessageId msgId) {
    return msgId.numFails() > 0 && ((RecordId) msgId).failuresToGiveUp == msgId.numFails();
  }

  /**
   * Returns the reason for which a record that is emitted again was given up; null if it was not.
   */
  String reasonToGiveUp(ConsumerRecord<?, ?> record) {
    if (schedules.isEmpty()) {
      return null; // asked for every record
    }
    Schedule schedule = schedules.get(new TopicPartition(record.topic(), record.partition()));
    Entry entry = schedule == null ? null : schedule.all.get(record.offset());
    return entry == null || entry.id.failuresToGiveUp == 0
        ? null
        : "record must be acked after at most %d retries while other records are: failed %d times"
            .formatted(maxRetries, entry.id.failuresToGiveUp);
  }

  @Override
  public boolean schedule(KafkaSpoutMessageId msgId) {
    RecordId id = (RecordId) msgId;
    if (id.since < lastAcked || blocked != null && blocked.test(id.getTopicPartition())) {
      id.countedFailures++;
    }
    id.since = emissions;
    if (id.countedFailures > maxRetries) {
      if (id.failuresToGiveUp > 0) {
        return false; // the dead letter failed too
      }
      id.failuresToGiveUp = id.numFails();
      id.countedFailures = 0;
    }
    remove(id);
    Schedule schedule =
        schedules.computeIfAbsent(id.getTopicPartition(), partition -> new Schedule());
    long delay = delayMillis(id.numFails() - id.failuresToGiveUp);
    // A clock difference is meaningful up to half the range of long.
    long nanos = Math.min(TimeUnit.MILLISECONDS.toNanos(delay), Long.MAX_VALUE / 4);
    Entry entry = new Entry(id, Time.nanoTime() + nanos);
    schedule.all.put(msgId.offset(), entry);
    schedule.waiting.add(entry);
    return true;
  }

  @Override
  public boolean remove(KafkaSpoutMessageId msgId) {
    Schedule schedule = schedules.get(msgId.getTopicPartition());
    if (schedule == null || !schedule.remove(msgId.offset())) {
      return false;
    }
    if (schedule.all.isEmpty()) {
      schedules.remove(msgId.getTopicPartition());
    }
    return true;
  }

  /** Returns the partitions with failed records. */
  Set<TopicPartition> partitions() {
    return schedules.keySet();
  }

  /** Returns the smallest offset to which the spout went back since the last call; null if none. */
  Long takeSought(TopicPartition partition) {
    return sought.remove(partition);
  }

  /** Removes the failed records of a partition below an offset, and returns them. */
  List<KafkaSpoutMessageId> removeBelow(TopicPartition partition, long offset) {
    Schedule schedule = schedules.get(partition);
    if (schedule == null) {
      return List.of();
    }
    List<KafkaSpoutMessageId> below =
        schedule.all.values().stream()
            .<KafkaSpoutMessageId>map(entry -> entry.id)
            .filter(id -> id.offset() < offset)
            .toList();
    below.forEach(this::remove);
    return below;
  }

  @Override
  public boolean retainAll(Collection<TopicPartition> topicPartitions) {
    return schedules.keySet().retainAll(topicPartitions);
  }

  /**
   * Sets the receiver of the partitions with due records. Storm's spout asks for these before every
   * poll, and only then.
   */
  void setPollListener(Consumer<Set<TopicPartition>> listener) {
    pollListener = listener;
  }

  /** Sets the test for partitions that emit few or no records because earlier ones fail. */
  void setBlocked(Predicate<TopicPartition> blocked) {
    this.blocked = blocked;
  }

  @Override
  public Map<TopicPartition, Long> earliestRetriableOffsets() {
    Map<TopicPartition, Long> earliest = schedules.isEmpty() ? Map.of() : dueOffsets();
    if (pollListener != null) {
      pollListener.accept(earliest.keySet());
    }
    return earliest;
  }

  private Map<TopicPartition, Long> dueOffsets() {
    long now = Time.nanoTime();
    Map<TopicPartition, Long> earliest = new HashMap<>();
    schedules.forEach(
        (partition, schedule) -> {
          schedule.moveDue(now);
          if (!schedule.due.isEmpty()) {
            earliest.put(partition, schedule.due.firstKey());
            sought.merge(partition, schedule.due.firstKey(), Math::min);
          }
        });
    return earliest;
  }

  @Override
  public boolean isReady(KafkaSpoutMessageId msgId) {
    Schedule schedule = schedules.get(msgId.getTopicPartition());
    if (schedule == null) {
      return false;
    }
    schedule.moveDue(Time.nanoTime());
    return schedule.due.containsKey(msgId.offset());
  }

  @Override
  public boolean isScheduled(KafkaSpoutMessageId msgId) {
    Schedule schedule = schedules.get(msgId.getTopicPartition());
    return schedule != null && schedule.all.containsKey(msgId.offset());
  }

  @Override
  public int readyMessageCount() {
    long now = Time.nanoTime();
    int count = 0;
    for (Schedule schedule : schedules.values()) {
      schedule.moveDue(now);
      count += schedule.due.size();
    }
    return count;
  }

  @Override
  public KafkaSpoutMessageId getMessageId(TopicPartition topicPartition, long offset) {
    Schedule schedule = schedules.get(topicPartition);
    Entry entry = schedule == null ? null : schedule.all.get(offset);
    return entry == null ? new RecordId(topicPartition, offset) : entry.id;
  }

  @Override
  public String toString() {
    return "retry after %d ms, doubling to %d ms, at most %d times while others are acked"
        .formatted(firstMillis, longestMillis, maxRetries);
  }
}
