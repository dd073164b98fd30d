package io.thalweg.storm.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.reflect.Field;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
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
 * One topic of Kafka as a spout sees it, in memory: what was written, up to where a group has
 * committed, and answers that come later or not at all. Nothing is read while it is away.
 */
@SuppressWarnings("serial") // ClientFactory is serializable; this one stays in its JVM
public final class MemoryKafka implements ClientFactory<byte[], byte[]> {

  private static final long serialVersionUID = 1;

  /** Told what passes between spout and Kafka. */
  interface Watcher {
    default void polled(int partition, long lastOffset) {}

    default void committed(int partition, OffsetAndMetadata offset) {}

    /** The spout learns that the log of a partition ended there when it was asked. */
    default void toldEnd(int partition, long end) {}

    /** The spout does nothing until it is told what the topic is. */
    default void waited() {}
  }

  private static final class Log {
    final TreeMap<Long, ConsumerRecord<byte[], byte[]>> records = new TreeMap<>();
    long start;
    long end;
  }

  final String topic;
  final Uuid id = Uuid.randomUuid();
  final Map<Integer, OffsetAndMetadata> committed = new HashMap<>();
  private final Set<Integer> stalled = new HashSet<>();
  boolean away;

  /** Whether what is asked is answered only by {@link #answer}. */
  public boolean slow;

  private final transient Watcher watcher;
  private final transient List<Log> logs = new ArrayList<>();
  private final transient List<Runnable> unanswered = new ArrayList<>();
  private transient LogConsumer consumer;

  MemoryKafka(String topic, Watcher watcher) {
    this.topic = topic;
    this.watcher = watcher;
  }

  /** Makes a topic that nobody watches. */
  public MemoryKafka(String topic) {
    this(topic, new Watcher() {});
  }

  /** Gives a spout that is not open yet to this Kafka. */
  public void connect(LowWatermarkKafkaSpout spout) {
    spout.topics.ask(this::admin);
    try {
      // Storm keeps the constructor that takes other clients to itself.
      Field clients = KafkaSpout.class.getDeclaredField("kafkaClientFactory");
      clients.setAccessible(true);
      clients.set(spout, this);
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
    append(partition, end(partition), 0, new byte[] {'k'}, value.getBytes(UTF_8));
    return end(partition) - 1;
  }

  /** Writes a record behind all others; offsets may be left out. */
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
            Optional.empty()));
  }

  /** Lets nothing of a partition be read, or all. */
  public void stall(int partition, boolean stalled) {
    if (stalled) {
      this.stalled.add(partition);
    } else {
      this.stalled.remove(partition);
    }
  }

  /** Leaves offsets out, as the markers of a transaction do. */
  void skip(int partition, int offsets) {
    logs.get(partition).end += offsets;
  }

  void deleteBelow(int partition, long offset) {
    Log log = logs.get(partition);
    log.start = offset;
    log.records.headMap(offset).clear();
  }

  boolean isAllAnswered() {
    return unanswered.isEmpty();
  }

  /** Nobody waits for an answer any more. */
  void forget() {
    unanswered.clear();
  }

  /** Answers what was asked so far. */
  public void answer() {
    List<Runnable> all = List.copyOf(unanswered);
    unanswered.clear();
    all.forEach(Runnable::run);
  }

  /** The consumer of the newest spout. */
  LogConsumer consumer() {
    return consumer;
  }

  @Override
  public Consumer<byte[], byte[]> createConsumer(Map<String, Object> properties) {
    consumer = new LogConsumer(properties);
    return consumer;
  }

  final class LogConsumer extends MockConsumer<byte[], byte[]> {
    private final TopicDirectory.Interceptor interceptor = new TopicDirectory.Interceptor();
    private final int maxPollRecords;

    LogConsumer(Map<String, Object> properties) {
      super(properties.get(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG).toString());
      interceptor.configure(properties);
      maxPollRecords = (Integer) properties.get(ConsumerConfig.MAX_POLL_RECORDS_CONFIG);
    }

    /** As a consumer does that has learned something of the cluster. */
    void updateMetadata() {
      interceptor.onUpdate(null);
    }

    @Override
    public synchronized List<PartitionInfo> partitionsFor(String name) {
      return IntStream.range(0, away ? 0 : logs.size())
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
      for (TopicPartition partition : away ? Set.<TopicPartition>of() : assignment()) {
        if (paused().contains(partition) || stalled.contains(partition.partition())) {
          continue;
        }
        Log log = logs.get(partition.partition());
        if (position(partition) < log.start) {
          seek(partition, log.start); // out of range: reset, which takes this poll
          continue;
        }
        var behind = log.records.tailMap(position(partition));
        if (behind.isEmpty()) {
          seek(partition, log.end);
        }
        for (ConsumerRecord<byte[], byte[]> record : behind.values()) {
          if (room-- > 0) {
            addRecord(record);
          }
        }
      }
      ConsumerRecords<byte[], byte[]> polled = super.poll(timeout);
      for (TopicPartition partition : polled.partitions()) {
        var records = polled.records(partition);
        watcher.polled(partition.partition(), records.get(records.size() - 1).offset());
      }
      return polled.isEmpty() ? polled : interceptor.onConsume(polled);
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
      if (away) {
        throw new TimeoutException("away");
      }
      commit(offsets);
    }

    @Override
    public synchronized void commitAsync(
        Map<TopicPartition, OffsetAndMetadata> offsets, OffsetCommitCallback callback) {
      if (away) {
        callback.onComplete(offsets, new TimeoutException("away"));
      } else {
        commit(offsets);
        callback.onComplete(offsets, null);
      }
    }

    private void commit(Map<TopicPartition, OffsetAndMetadata> offsets) {
      offsets.forEach(
          (partition, offset) -> {
            committed.put(partition.partition(), offset);
            watcher.committed(partition.partition(), offset);
          });
    }
  }

  @Override
  public Admin createAdmin(Map<String, Object> properties) {
    return admin();
  }

  /** A client that describes topics and lists offsets. */
  Admin admin() {
    return (Admin)
        Proxy.newProxyInstance(
            Admin.class.getClassLoader(),
            new Class<?>[] {Admin.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "describeTopics" ->
                      new Described(
                          Map.of(topic, asked(slow, this::description)),
                          Map.of(topic, asked(false, this::description)));
                  case "listOffsets" -> listed(arguments[0]);
                  case "close" -> null;
                  default -> throw new AssertionError(method);
                });
  }

  private final class Described extends DescribeTopicsResult {
    private final Map<String, KafkaFuture<TopicDescription>> atOnce;

    Described(
        Map<String, KafkaFuture<TopicDescription>> topics,
        Map<String, KafkaFuture<TopicDescription>> atOnce) {
      super(null, topics);
      this.atOnce = atOnce;
    }

    /** Asked for by one who waits for it. */
    @Override
    public Map<String, KafkaFuture<TopicDescription>> topicNameValues() {
      watcher.waited();
      return atOnce;
    }
  }

  private TopicDescription description() {
    List<TopicPartitionInfo> partitions =
        IntStream.range(0, logs.size())
            .mapToObj(p -> new TopicPartitionInfo(p, null, List.of(), List.of()))
            .toList();
    return new TopicDescription(topic, false, partitions, Set.of(), id);
  }

  private ListOffsetsResult listed(Object specs) {
    Map<TopicPartition, KafkaFuture<ListOffsetsResultInfo>> futures = new HashMap<>();
    ((Map<?, ?>) specs)
        .forEach(
            (name, spec) -> {
              TopicPartition partition = (TopicPartition) name;
              futures.put(
                  partition,
                  asked(
                      slow,
                      () -> {
                        int number = partition.partition();
                        boolean latest = spec instanceof OffsetSpec.LatestSpec;
                        long offset = latest ? end(number) : start(number);
                        if (latest) {
                          watcher.toldEnd(number, offset);
                        }
                        return new ListOffsetsResultInfo(offset, -1, Optional.empty());
                      }));
            });
    return new ListOffsetsResult(futures);
  }

  private <T> KafkaFuture<T> asked(boolean later, Supplier<T> answer) {
    KafkaFutureImpl<T> answered = new KafkaFutureImpl<>();
    if (away) {
      answered.completeExceptionally(new TimeoutException("away"));
    } else {
      answered.complete(answer.get());
    }
    if (!later) {
      return answered;
    }
    KafkaFutureImpl<T> future = new KafkaFutureImpl<>();
    unanswered.add(() -> answered.whenComplete((value, e) -> complete(future, value, e)));
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
