package io.thalweg.storm.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Serializable;
import java.lang.ref.WeakReference;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsResult;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetCommitCallback;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.internals.KafkaFutureImpl;
import org.apache.kafka.common.record.TimestampType;
import org.apache.storm.kafka.spout.KafkaSpout;
import org.apache.storm.kafka.spout.internal.ClientFactory;

/**
 * Kafka in memory, with one topic as a spout sees it: logs, committed offsets, and responses that
 * may be delayed. While it is unavailable nothing is read and requests fail.
 */
@SuppressWarnings("serial") // serialized as a reference within the JVM
public final class MemoryKafka implements ClientFactory<byte[], byte[]>, AdminFactory {

  private static final long serialVersionUID = 1;
  private static final Map<Integer, WeakReference<MemoryKafka>> INSTANCES =
      new ConcurrentHashMap<>();
  private static final AtomicInteger NUMBERS = new AtomicInteger();

  /** Listener for the requests of the spout. */
  interface Watcher {
    default void onPolled(int partition, long lastOffset) {}

    default void onCommitted(int partition, OffsetAndMetadata offset) {}

    /** Called with the end of a log when the spout requests it. */
    default void onEndRequested(int partition, long end) {}

    /** Called when the spout waits until the topic is described. */
    default void onBlockingRequest() {}
  }

  /** Serialized form: the number of an instance of this JVM. */
  private record Reference(int number) implements Serializable {
    Object readResolve() {
      return INSTANCES.get(number).get();
    }
  }

  private static final class Log {
    final TreeMap<Long, ConsumerRecord<byte[], byte[]>> records = new TreeMap<>();
    long start;
    long end;
    int epoch;

    /** Offset to which a consumer beyond it is reset, since the log diverges there; -1 if none. */
    long divergence = -1;
  }

  final String topic;
  final Uuid id;
  final Map<Integer, OffsetAndMetadata> committed = new HashMap<>();
  private final Set<Integer> stalled = new HashSet<>();
  private final int number = NUMBERS.getAndIncrement();

  /** True while requests fail and nothing is read. */
  boolean unavailable;

  /** True while requests are responded to only by {@link #respond}. */
  public boolean delayed;

  private final transient Watcher watcher;
  private final transient List<Log> logs = new ArrayList<>();
  private final transient List<Runnable> pendingResponses = new ArrayList<>();
  private transient LogConsumer consumer;

  MemoryKafka(String topic, Uuid id, Watcher watcher) {
    this.topic = topic;
    this.id = id;
    this.watcher = watcher;
    INSTANCES.put(number, new WeakReference<>(this));
  }

  /** Creates Kafka with a topic without partitions. */
  public MemoryKafka(String topic) {
    this(topic, Uuid.randomUuid(), new Watcher() {});
  }

  private Object writeReplace() {
    return new Reference(number);
  }

  /** Creates a spout that reads from this Kafka, also after serialization. */
  public LowWatermarkKafkaSpout spout(KafkaSources.Builder source) {
    LowWatermarkKafkaSpout spout = source.lowWatermarkSpout(this);
    try {
      // The constructor of Storm's spout that accepts other clients is not public.
      Field clients = KafkaSpout.class.getDeclaredField("kafkaClientFactory");
      clients.setAccessible(true);
      clients.set(spout, this);
      return spout;
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  public int partitions() {
    return logs.size();
  }

  public void addPartition() {
    logs.add(new Log());
  }

  long start(int partition) {
    return logs.get(partition).start;
  }

  public long end(int partition) {
    return logs.get(partition).end;
  }

  long append(int partition, String value) {
    append(
        partition,
        end(partition),
        ConsumerRecord.NO_TIMESTAMP,
        new byte[] {'k'},
        value.getBytes(UTF_8));
    return end(partition) - 1;
  }

  /** Appends a record; offsets may be skipped. */
  public void append(int partition, long offset, long timestamp, byte[] key, byte[] value) {
    Log log = logs.get(partition);
    log.end = offset + 1;
    log.records.put(
        offset,
        new ConsumerRecord<>(
            topic,
            partition,
            offset,
            timestamp,
            TimestampType.CREATE_TIME,
            key.length,
            value.length,
            key,
            value,
            new RecordHeaders(),
            Optional.of(log.epoch)));
  }

  /**
   * Truncates a log, as an unclean leader election does.
   *
   * @param newEpoch true if the leader has a new epoch, by which a consumer detects the truncation;
   *     false if a restored backup uses an epoch again
   */
  void truncate(int partition, long offset, boolean newEpoch) {
    Log log = logs.get(partition);
    log.end = offset;
    log.records.tailMap(offset).clear();
    log.epoch += newEpoch ? 1 : 0;
    log.divergence = newEpoch ? offset : -1;
  }

  /** Stalls a partition, so that none of its records are read, or resumes it. */
  public void stall(int partition, boolean stalled) {
    if (stalled) {
      this.stalled.add(partition);
    } else {
      this.stalled.remove(partition);
    }
  }

  /** Skips offsets, as the markers of a transaction do. */
  void skip(int partition, int offsets) {
    logs.get(partition).end += offsets;
  }

  void deleteBelow(int partition, long offset) {
    Log log = logs.get(partition);
    log.start = offset;
    log.records.headMap(offset).clear();
  }

  boolean hasNoPendingResponses() {
    return pendingResponses.isEmpty();
  }

  /** Drops the pending responses. */
  void dropResponses() {
    pendingResponses.clear();
  }

  /** Sends the pending responses. */
  public void respond() {
    List<Runnable> all = List.copyOf(pendingResponses);
    pendingResponses.clear();
    all.forEach(Runnable::run);
  }

  /** Returns the consumer of the newest spout. */
  LogConsumer consumer() {
    return consumer;
  }

  @Override
  public Consumer<byte[], byte[]> createConsumer(Map<String, Object> properties) {
    consumer = new LogConsumer(properties);
    return consumer;
  }

  final class LogConsumer extends MockConsumer<byte[], byte[]> {
    private final SpoutEvents.Interceptor interceptor = new SpoutEvents.Interceptor();
    private final int maxPollRecords;

    LogConsumer(Map<String, Object> properties) {
      super(properties.get(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG).toString());
      interceptor.configure(properties);
      maxPollRecords = (Integer) properties.get(ConsumerConfig.MAX_POLL_RECORDS_CONFIG);
    }

    /** Updates the metadata, as a consumer does after a change of the cluster. */
    void updateMetadata() {
      interceptor.onUpdate(null);
    }

    @Override
    public synchronized List<PartitionInfo> partitionsFor(String name) {
      return IntStream.range(0, unavailable ? 0 : logs.size())
          .mapToObj(partition -> new PartitionInfo(name, partition, null, null, null))
          .toList();
    }

    @Override
    public synchronized void seekToBeginning(Collection<TopicPartition> partitions) {
      partitions.forEach(partition -> seek(partition, start(partition.partition())));
    }

    @Override
    public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
      int room = maxPollRecords;
      for (TopicPartition partition : unavailable ? Set.<TopicPartition>of() : assignment()) {
        if (paused().contains(partition) || stalled.contains(partition.partition())) {
          continue;
        }
        Log log = logs.get(partition.partition());
        if (position(partition) < log.start || position(partition) > log.end) {
          seek(partition, log.start); // out of range: this poll resets the position
          continue;
        }
        if (log.divergence >= 0 && position(partition) > log.divergence) {
          seek(partition, log.divergence);
        }
        log.divergence = -1;
        var rest = log.records.tailMap(position(partition));
        if (rest.isEmpty()) {
          seek(partition, log.end);
        }
        for (ConsumerRecord<byte[], byte[]> record : rest.values()) {
          if (room-- > 0) {
            addRecord(record);
          }
        }
      }
      ConsumerRecords<byte[], byte[]> polled = super.poll(timeout);
      for (TopicPartition partition : polled.partitions()) {
        var records = polled.records(partition);
        watcher.onPolled(partition.partition(), records.get(records.size() - 1).offset());
      }
      return polled.isEmpty() ? polled : interceptor.onConsume(polled);
    }

    @Override
    public synchronized OptionalLong currentLag(TopicPartition partition) {
      return OptionalLong.of(end(partition.partition()) - position(partition));
    }

    @Override
    public synchronized Map<TopicPartition, OffsetAndMetadata> committed(
        Set<TopicPartition> partitions) {
      return partitions.stream()
          .filter(partition -> committed.containsKey(partition.partition()))
          .collect(Collectors.toMap(p -> p, p -> committed.get(p.partition())));
    }

    @Override
    public synchronized void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets) {
      if (closed()) {
        throw new IllegalStateException("closed");
      }
      if (unavailable) {
        throw new TimeoutException("unavailable");
      }
      commit(offsets);
    }

    @Override
    public synchronized void commitAsync(
        Map<TopicPartition, OffsetAndMetadata> offsets, OffsetCommitCallback callback) {
      if (unavailable) {
        callback.onComplete(offsets, new TimeoutException("unavailable"));
      } else {
        commit(offsets);
        callback.onComplete(offsets, null);
      }
    }

    private void commit(Map<TopicPartition, OffsetAndMetadata> offsets) {
      offsets.forEach(
          (partition, offset) -> {
            committed.put(partition.partition(), offset);
            watcher.onCommitted(partition.partition(), offset);
          });
    }
  }

  @Override
  public Admin createAdmin(Map<String, Object> properties) {
    return create();
  }

  /** Creates a client that describes topics and lists offsets. */
  @Override
  public Admin create() {
    return (Admin)
        Proxy.newProxyInstance(
            Admin.class.getClassLoader(),
            new Class<?>[] {Admin.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "describeTopics" ->
                      new TopicDescriptions(
                          Map.of(topic, response(delayed, this::description)),
                          Map.of(topic, response(false, this::description)));
                  case "listOffsets" -> listOffsets(arguments[0]);
                  case "close" -> null;
                  default -> throw new AssertionError(method);
                });
  }

  private final class TopicDescriptions extends DescribeTopicsResult {
    private final Map<String, KafkaFuture<TopicDescription>> immediate;

    TopicDescriptions(
        Map<String, KafkaFuture<TopicDescription>> topics,
        Map<String, KafkaFuture<TopicDescription>> immediate) {
      super(null, topics);
      this.immediate = immediate;
    }

    /** Called by a client that waits for the response. */
    @Override
    public Map<String, KafkaFuture<TopicDescription>> topicNameValues() {
      watcher.onBlockingRequest();
      return immediate;
    }
  }

  private TopicDescription description() {
    List<TopicPartitionInfo> partitions =
        IntStream.range(0, logs.size())
            .mapToObj(p -> new TopicPartitionInfo(p, null, List.of(), List.of()))
            .toList();
    return new TopicDescription(topic, false, partitions, Set.of(), id);
  }

  private ListOffsetsResult listOffsets(Object specs) {
    Map<TopicPartition, KafkaFuture<ListOffsetsResultInfo>> futures = new HashMap<>();
    ((Map<?, ?>) specs)
        .forEach(
            (name, spec) -> {
              TopicPartition partition = (TopicPartition) name;
              futures.put(
                  partition,
                  response(
                      delayed,
                      () -> {
                        int number = partition.partition();
                        boolean latest = spec instanceof OffsetSpec.LatestSpec;
                        long offset =
                            spec instanceof OffsetSpec.TimestampSpec later
                                ? firstAt(number, timestamp(later))
                                : latest ? end(number) : start(number);
                        if (latest) {
                          watcher.onEndRequested(number, offset);
                        }
                        return new ListOffsetsResultInfo(offset, -1, Optional.empty());
                      }));
            });
    return new ListOffsetsResult(futures);
  }

  /** Returns the timestamp of a request, which has no public accessor. */
  private static long timestamp(OffsetSpec.TimestampSpec spec) {
    try {
      Method accessor = OffsetSpec.TimestampSpec.class.getDeclaredMethod("timestamp");
      accessor.setAccessible(true);
      return (Long) accessor.invoke(spec);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  private long firstAt(int partition, long timestamp) {
    return logs.get(partition).records.values().stream()
        .filter(record -> record.timestamp() >= timestamp)
        .mapToLong(ConsumerRecord::offset)
        .findFirst()
        .orElse(-1);
  }

  private <T> KafkaFuture<T> response(boolean delayed, Supplier<T> result) {
    KafkaFutureImpl<T> response = new KafkaFutureImpl<>();
    if (unavailable) {
      response.completeExceptionally(new TimeoutException("unavailable"));
    } else {
      response.complete(result.get());
    }
    if (!delayed) {
      return response;
    }
    KafkaFutureImpl<T> future = new KafkaFutureImpl<>();
    pendingResponses.add(() -> response.whenComplete((value, e) -> complete(future, value, e)));
    return future;
  }

  private static <T> void complete(KafkaFutureImpl<T> future, T value, Throwable e) {
    if (e == null) {
      future.complete(value);
    } else {
      future.completeExceptionally(e);
    }
  }
}
