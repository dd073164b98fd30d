package io.thalweg.storm.testing;

import io.thalweg.storm.Heartbeat;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import org.apache.storm.utils.Utils;

/**
 * Model of a spout task over records in memory: the protocol of {@code LowWatermarkKafkaSpout}, or
 * that of Storm's own Kafka spout, which is the same without heartbeats. It delivers at least once,
 * commits the acked prefix of the offsets, and is assigned partitions by number.
 */
final class ModelSpout extends SpoutInstance {

  private static final int COMMIT_MILLIS = 800;

  /** Idle timeouts after the last on-time record in which late records are activity. */
  private static final int LATE_TIMEOUTS = 10;

  private static final int POLLED = 3;

  /** Number of unconfirmed heartbeats above which no records are read. */
  private static final int MAX_UNCONFIRMED = 150;

  private record RecordId(int partition, int place) {}

  private record Retry(long due, RecordId record) implements Comparable<Retry> {
    @Override
    public int compareTo(Retry other) {
      return Long.compare(due, other.due);
    }
  }

  /** One partition; records are identified by their place in the log, not by their offset. */
  private static final class Partition {
    final int number;
    final List<TopicRecord> log;
    int position;

    /** Place of the first record that is not acked. */
    int base;

    final Set<Integer> acked = new HashSet<>();

    /** Times at which the records in flight hold the watermark. */
    final TreeMap<Integer, Long> open = new TreeMap<>();

    /** Records in flight that were activity when they were first emitted. */
    final Set<Integer> activity = new HashSet<>();

    long largest = Long.MIN_VALUE;
    long seen;
    long seenOnTime;

    Partition(int number, List<TopicRecord> log, int committed, long now) {
      this.number = number;
      this.log = log;
      position = committed;
      base = committed;
      seen = now;
      seenOnTime = now;
      // The largest event time is committed with the offset.
      log.subList(0, committed).stream()
          .filter(record -> !record.isUnreadable())
          .forEach(record -> passed(record.timestamp()));
    }

    /** Returns the largest event time less the disorder bound. */
    long bound(long disorder) {
      return largest == Long.MIN_VALUE ? largest : largest - disorder;
    }

    void passed(long timestamp) {
      largest = Math.max(largest, timestamp);
    }

    boolean isAtEnd(long now) {
      return position >= log.size() || log.get(position).at() > now;
    }

    /** Returns the smallest offset that is not acked. */
    long mark() {
      return base < log.size() && base < position
          ? log.get(base).offset()
          : base == 0 ? 0 : log.get(base - 1).offset() + 1;
    }
  }

  private final List<Partition> partitions = new ArrayList<>();
  private final PriorityQueue<Retry> retries = new PriorityQueue<>();
  private final Set<Long> ackedHeartbeats = new HashSet<>();
  private Heartbeat.Incarnation incarnation;
  private long watermark = Long.MIN_VALUE;
  private long sequence;
  private long confirmed = -1;

  ModelSpout(World world, Deployment deployment, int task, long uid) {
    super(world, deployment, task, uid);
  }

  @Override
  void start() {
    int tasks = deployment.tasks(component).size();
    for (int p = index; p < world.logs.size(); p += tasks) {
      partitions.add(new Partition(p, world.logs.get(p), world.committed[p], world.clock.now()));
    }
    boolean resumes = partitions.stream().anyMatch(p -> world.confirmed.get(p.number));
    incarnation =
        world.has(Safeguard.INCARNATION)
            ? Heartbeat.Incarnation.of(task, world.chance.id(), resumes)
            : new Heartbeat.Incarnation(task, 0);
    world.clock.after(world.chance.from(5, 40), this::poll);
    if (deployment.hasHeartbeats) {
      world.clock.after(world.chance.from(10, World.HEARTBEAT_MILLIS), this::heartbeat);
    }
    world.clock.after(COMMIT_MILLIS, this::commit);
  }

  private void poll() {
    if (!alive) {
      return;
    }
    long now = world.clock.now();
    while (!retries.isEmpty() && retries.peek().due <= now) {
      emit(retries.poll().record);
    }
    for (Partition p : partitions) {
      for (int i = 0; i < POLLED && sequence - 1 - confirmed <= MAX_UNCONFIRMED; i++) {
        if (p.isAtEnd(now)
            || world.faults.isStalled(p.number)
            || p.position - world.committed[p.number] >= deployment.maxUncommittedOffsets) {
          break;
        }
        emit(new RecordId(p.number, p.position++));
      }
    }
    world.clock.after(world.pollMillis, this::poll);
  }

  private Partition partition(int number) {
    return partitions.stream().filter(p -> p.number == number).findFirst().orElseThrow();
  }

  private void emit(RecordId record) {
    Partition p = partition(record.partition);
    TopicRecord read = p.log.get(record.place);
    String stream = Utils.DEFAULT_STREAM_ID;
    if (deployment.hasHeartbeats && read.isUnreadable()) {
      stream = Streams.DEAD_LETTER; // it has no event time
    } else {
      long bound = p.bound(world.settings.disorderMillis());
      boolean first = p.open.putIfAbsent(record.place, Math.max(read.timestamp(), bound)) == null;
      long now = world.clock.now();
      if (first && read.timestamp() >= bound) {
        p.seenOnTime = now;
      }
      if (first && now - p.seenOnTime < LATE_TIMEOUTS * world.settings.idleMillis()) {
        p.activity.add(record.place);
      }
      if (p.activity.contains(record.place)) {
        p.seen = now;
      }
      p.passed(read.timestamp());
    }
    List<Object> values = new ArrayList<>();
    for (String field : deployment.fields(component, stream)) {
      values.add(
          switch (field) {
            case TupleFields.TOPIC, TupleFields.TOPIC_ID -> World.TOPIC;
            case TupleFields.PARTITION -> read.partition();
            case TupleFields.OFFSET -> read.offset();
            case TupleFields.RECORD_TIMESTAMP -> read.at();
            case TupleFields.KEY -> read.key();
            case TupleFields.TIMESTAMP -> read.timestamp();
            case TupleFields.VALUE -> read.value();
            case TupleFields.REASON -> "key must not be empty";
            default -> null;
          });
    }
    world.network.emit(this, stream, values, track(record));
  }

  @Override
  void acked(Object message) {
    if (message instanceof RecordId record) {
      Partition p = partition(record.partition);
      p.open.remove(record.place);
      if (p.activity.remove(record.place)) {
        p.seen = world.clock.now();
      }
      p.acked.add(record.place);
      while (p.acked.remove(p.base)) {
        p.base++;
      }
    } else {
      ackedHeartbeats.add(((Heartbeat.Id) message).sequence());
      while (ackedHeartbeats.remove(confirmed + 1)) {
        confirmed++;
      }
    }
  }

  @Override
  void failed(Object message) {
    if (message instanceof RecordId record) {
      world.trace.add(this, "failed", record);
      retries.add(new Retry(world.clock.now() + world.chance.from(0, 300), record));
    } else {
      world.trace.add(this, "failed heartbeat", message, "confirmed", confirmed);
      sendHeartbeat(((Heartbeat.Id) message).sequence());
    }
  }

  private void commit() {
    if (!alive) {
      return;
    }
    for (Partition p : partitions) {
      world.committed[p.number] = p.base; // the last writer wins, as in Kafka
      if (confirmed >= 0) {
        world.confirmed.set(p.number);
      }
    }
    world.clock.after(COMMIT_MILLIS, this::commit);
  }

  private void heartbeat() {
    if (!alive) {
      return;
    }
    sendHeartbeat(sequence++);
    world.clock.after(World.HEARTBEAT_MILLIS, this::heartbeat);
  }

  private void sendHeartbeat(long number) {
    long now = world.clock.now();
    long low = Long.MAX_VALUE;
    boolean counts = false;
    boolean open = false;
    for (Partition p : partitions) {
      open |= !p.open.isEmpty();
      boolean idle =
          now - p.seen > world.settings.idleMillis()
              && p.activity.isEmpty()
              && (p.isAtEnd(now) || !world.has(Safeguard.IDLE_LAG));
      if (!idle) {
        counts = true;
        low = Math.min(low, p.bound(world.settings.disorderMillis()));
        if (world.has(Safeguard.LOW_WATERMARK)) {
          for (long hold : p.open.values()) {
            low = Math.min(low, hold);
          }
        }
      }
    }
    boolean idle = !counts && world.has(Safeguard.IDLE_FLAG);
    if (counts) {
      watermark = Math.max(watermark, low);
    }
    if (!open && world.isAllWritten() && partitions.stream().allMatch(p -> p.isAtEnd(now))) {
      watermark = Long.MAX_VALUE;
      idle = false;
    }
    Map<String, Long> marks = new TreeMap<>();
    partitions.forEach(p -> marks.put(World.TOPIC + "/" + p.number, p.mark()));
    Heartbeat heartbeat =
        new Heartbeat(
            new Heartbeat.Id(incarnation, number),
            watermark,
            confirmed,
            idle,
            marks,
            idle && world.settings.idleAdvanceMillis() >= 0
                ? now - world.settings.idleAdvanceMillis()
                : Heartbeat.NO_CLOCK);
    AckTree tree = world.has(Safeguard.TRACKED_WATERMARK) ? track(heartbeat.id()) : null;
    world.network.emit(this, Streams.WATERMARK, heartbeat.values(), tree);
  }

  @Override
  boolean isAtEnd() {
    return alive
        && (deployment.hasHeartbeats
            ? watermark == Long.MAX_VALUE
            : world.isAllWritten() && partitions.stream().allMatch(p -> p.base == p.log.size()));
  }

  @Override
  long next() {
    return deployment.hasHeartbeats ? sequence : -1;
  }

  @Override
  long confirmed() {
    return confirmed;
  }
}
