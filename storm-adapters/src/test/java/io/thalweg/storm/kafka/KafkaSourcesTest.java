package io.thalweg.storm.kafka;

import static io.thalweg.storm.kafka.Readings.record;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.storm.kafka.spout.FirstPollOffsetStrategy;
import org.apache.storm.kafka.spout.KafkaSpoutConfig;
import org.apache.storm.kafka.spout.KafkaTuple;
import org.apache.storm.kafka.spout.RecordTranslator;
import org.apache.storm.utils.Time;
import org.apache.storm.utils.Utils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests of {@link KafkaSources} and of the translator of its spouts. */
class KafkaSourcesTest {

  private static final long YEAR_2000 = 946_684_800_000L;
  private static final long YEAR_2100 = 4_102_444_800_000L;
  private static final byte[] A = "a".getBytes(UTF_8);

  private final KafkaSources.Builder source =
      Readings.source()
          .withRecordKeyChecked()
          .withTimestampsWithin(YEAR_2000, YEAR_2100 - 1)
          .withMaxFuture(Duration.ofDays(1))
          .withMaxValueBytes(64 * 1024)
          .withHeader(KafkaSourcesTest::header);

  /** Reads {@code key timestamp number}. */
  private static Header header(ConsumerRecord<byte[], byte[]> record) {
    String[] parts = new String(record.value(), UTF_8).split(" ");
    double number = Double.parseDouble(parts[2]);
    if (!Double.isFinite(number)) {
      throw new IllegalArgumentException("number must be finite: " + number);
    }
    return new Header(parts[0], Long.parseLong(parts[1]));
  }

  private static ConsumerRecord<byte[], byte[]> at(byte[] key, String value) {
    return record(2, 17, 1_700_000_000_500L, key, value);
  }

  @Test
  void apply_readableRecord_returnsATupleWithItsSource() {
    KafkaTuple tuple = (KafkaTuple) Readings.translator(source).apply(at(A, "a 1700000000000 1.5"));
    assertThat(tuple.getStream()).isEqualTo("default");
    assertThat(tuple)
        .containsExactly(
            "numbers",
            Readings.TOPIC_ID,
            2,
            17L,
            1_700_000_000_500L,
            "a",
            1_700_000_000_000L,
            "a 1700000000000 1.5".getBytes(UTF_8));
    assertThat(Readings.translator(source).getFieldsFor("default").toList())
        .containsExactly(
            "topic",
            "topic_id",
            "partition",
            "offset",
            "record_timestamp",
            "key",
            "timestamp",
            "value");
  }

  static Stream<Arguments> bad() {
    return Stream.of(
        Arguments.of(null, "a 1700000000000 1", "record key must not be null"),
        Arguments.of(A, null, "value must not be null"),
        Arguments.of(null, null, "value must not be null"),
        Arguments.of(A, "", "Index 2 out of bounds for length 1"),
        Arguments.of(A, "garbage", "Index 2 out of bounds for length 1"),
        Arguments.of(A, "a 17", "Index 2 out of bounds for length 2"),
        Arguments.of(A, "a 1700000000000 x", "For input string: \"x\""),
        Arguments.of(A, "a 1700000000000 NaN", "number must be finite: NaN"),
        Arguments.of(A, "a 1700000000000 Infinity", "number must be finite: Infinity"),
        Arguments.of(A, " 1700000000000 1", "key must not be empty"),
        Arguments.of(A, "b 1700000000000 1", "record key must be the key b: a"),
        Arguments.of(A, "a 0 1", "timestamp must be from 946684800000 to 4102444799999: 0"),
        Arguments.of(A, "a -5 1", "timestamp must be from 946684800000 to 4102444799999: -5"),
        Arguments.of(
            A,
            "a 4102444800000 1",
            "timestamp must be from 946684800000 to 4102444799999: 4102444800000"),
        Arguments.of(A, "a 9223372036854775807 1", "timestamp is reserved: 9223372036854775807"),
        Arguments.of(A, "a -9223372036854775808 1", "timestamp is reserved: -9223372036854775808"),
        Arguments.of(
            A,
            "a 1700086400501 1",
            "timestamp must be at most 86400000 ms after the record was written, 1700000000500:"
                + " 1700086400501"),
        Arguments.of(
            "a\nb".getBytes(UTF_8),
            "a\nb 1700000000000 1",
            "key must have no control characters: U+000A at index 1"),
        Arguments.of(
            "a\0".getBytes(UTF_8),
            "a\0 1700000000000 1",
            "key must have no control characters: U+0000 at index 1"),
        Arguments.of(
            A,
            "k".repeat(1_025) + " 1700000000000 1",
            "key must have at most 1024 bytes in UTF-8: 1025"),
        Arguments.of(
            A,
            "a 1700000000000 1" + "0".repeat(1_000_000),
            "value must have at most 65536 bytes: 1000017"));
  }

  @ParameterizedTest
  @MethodSource("bad")
  void apply_unreadableRecord_returnsADeadLetterWithReasonBytesAndSource(
      byte[] key, String value, String reason) {
    ConsumerRecord<byte[], byte[]> record = at(key, value);
    KafkaTuple tuple = (KafkaTuple) Readings.translator(source).apply(record);
    assertThat(tuple.getStream()).isEqualTo("dead-letter");
    assertThat((String) tuple.get(0)).startsWith(reason);
    assertThat(tuple.subList(1, 8))
        .containsExactly(
            "numbers", Readings.TOPIC_ID, 2, 17L, 1_700_000_000_500L, record.key(), record.value());
    assertThat(Readings.translator(source).getFieldsFor("dead-letter").toList())
        .containsExactly(
            "reason",
            "topic",
            "topic_id",
            "partition",
            "offset",
            "record_timestamp",
            "record_key",
            "value");
  }

  @Test
  void apply_valueOfTheLargestSize_isAccepted() {
    String start = "a 1700000000000 1";
    String value = start + "0".repeat(64 * 1024 - start.length());
    KafkaSources.Builder numbers = source.withHeader(record -> new Header("a", 1_700_000_000_000L));
    KafkaTuple tuple = (KafkaTuple) Readings.translator(numbers).apply(at(A, value));
    assertThat(tuple.getStream()).isEqualTo("default");
    KafkaTuple larger = (KafkaTuple) Readings.translator(numbers).apply(at(A, value + "0"));
    assertThat(larger.getStream()).isEqualTo("dead-letter");
  }

  @Test
  void apply_readerThatThrows_returnsADeadLetter() {
    List<Header.Reader> readers =
        List.of(
            record -> null,
            record -> new Header(null, 1),
            record -> new Header(1.5, 1),
            record -> new Header("a\ud83d", 1),
            record -> {
              throw new Exception();
            },
            record -> {
              throw new IllegalStateException("first line\nsecond " + "x".repeat(1000));
            },
            record -> {
              throw new IllegalStateException("x".repeat(499) + "😀".repeat(50));
            },
            record -> new Header("" + endless(1), 1));
    List<String> reasons =
        List.of(
            "header must not be null",
            "key must not be null",
            "key must be a String or a Long: java.lang.Double",
            "key must have no unpaired surrogates: a\ufffd",
            "Exception",
            "first line",
            "x".repeat(499) + "…",
            "StackOverflowError");
    for (int i = 0; i < readers.size(); i++) {
      KafkaTuple tuple =
          (KafkaTuple)
              Readings.translator(Readings.source().withHeader(readers.get(i)))
                  .apply(at(A, "a 1 1"));
      assertThat(tuple.getStream()).isEqualTo("dead-letter");
      assertThat(tuple.get(0)).isEqualTo(reasons.get(i));
    }
  }

  private static long endless(long n) {
    return endless(n + 1) + 1;
  }

  @Test
  void apply_byDefault_readsKeyAndTimestampOfTheRecord() {
    KafkaSources.Builder plain = KafkaSources.bytes("localhost:9092", "numbers").withGroupId("g");
    List<Object> tuple = Readings.translator(plain).apply(at(A, "anything"));
    assertThat(tuple.get(5)).isEqualTo("a");
    assertThat(tuple.get(6)).isEqualTo(1_700_000_000_500L);
  }

  @Test
  void apply_recordWithoutAKey_isAcceptedIfTheHeaderReadsOneFromTheValue() {
    ConsumerRecord<byte[], byte[]> keyless = at(null, "a 1700000000000 1.5");
    KafkaSources.Builder byValue = Readings.source().withHeader(KafkaSourcesTest::header);
    KafkaTuple tuple = (KafkaTuple) Readings.translator(byValue).apply(keyless);
    assertThat(tuple.getStream()).isEqualTo("default");
    assertThat(tuple.get(5)).isEqualTo("a");

    KafkaSources.Builder byKey = KafkaSources.bytes("localhost:9092", "numbers").withGroupId("g");
    KafkaTuple dead = (KafkaTuple) Readings.translator(byKey).apply(keyless);
    assertThat(dead.getStream()).isEqualTo("dead-letter");
    assertThat(dead.get(0)).isEqualTo("record key must not be null");
  }

  /** A broker before 2.8 has no ids, so that records of two topics could not be distinguished. */
  @Test
  void topicIds_topicWithoutAnId_throws() {
    KafkaSources.Builder source = KafkaSources.bytes("localhost:9092", "old");
    MemoryKafka.Watcher nobody = new MemoryKafka.Watcher() {};
    Uuid id = Uuid.randomUuid();
    assertThat(source.topicIds(new MemoryKafka("old", id, nobody)))
        .isEqualTo(Map.of("old", id.toString()));
    assertThatThrownBy(() -> source.topicIds(new MemoryKafka("old", Uuid.ZERO_UUID, nobody)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("topic must have an id, which brokers assign since Kafka 2.8")
        .hasMessageEndingWith(": old");
  }

  /** A producer that sets the record's timestamp to the event time compares it with itself. */
  @Test
  void withMaxFuture_recordTimestampIsTheEventTime_comparesWithTheTimeOfReading() {
    Time.SimulatedTime clock = new Time.SimulatedTime();
    try {
      Time.advanceTime(1_000_000);
      assertThat(streamOf(TimestampType.CREATE_TIME, 1_060_000, 1_060_000)).isEqualTo("default");
      assertThat(streamOf(TimestampType.CREATE_TIME, 1_060_001, 1_060_001))
          .isEqualTo("dead-letter");
      assertThat(streamOf(TimestampType.NO_TIMESTAMP_TYPE, -1, 1_060_000)).isEqualTo("default");
      assertThat(streamOf(TimestampType.NO_TIMESTAMP_TYPE, -1, 1_060_001)).isEqualTo("dead-letter");
    } finally {
      clock.close();
    }
  }

  @Test
  void withMaxFuture_timestampSetByTheBroker_decidesAlikeWheneverTheRecordIsRead() {
    Time.SimulatedTime clock = new Time.SimulatedTime();
    try {
      for (int i = 0; i < 2; i++) {
        Time.advanceTime(1_000_000);
        assertThat(streamOf(TimestampType.LOG_APPEND_TIME, 500, 60_500)).isEqualTo("default");
        assertThat(streamOf(TimestampType.LOG_APPEND_TIME, 500, 60_501)).isEqualTo("dead-letter");
      }
    } finally {
      clock.close();
    }
  }

  /** Returns the stream of a record with the default guard. */
  private static String streamOf(TimestampType type, long recordTimestamp, long timestamp) {
    return ((KafkaTuple)
            Readings.translator(Readings.source().withHeader(record -> new Header("a", timestamp)))
                .apply(dated(type, recordTimestamp)))
        .getStream();
  }

  private static ConsumerRecord<byte[], byte[]> dated(TimestampType type, long timestamp) {
    return new ConsumerRecord<>(
        "numbers", 0, 1, timestamp, type, 1, 1, A, A, new RecordHeaders(), Optional.empty());
  }

  @Test
  void apply_recordWithoutTimestampAndNoHeader_isADeadLetter() {
    KafkaSources.Builder plain = KafkaSources.bytes("localhost:9092", "numbers").withGroupId("g");
    KafkaTuple tuple =
        (KafkaTuple) Readings.translator(plain).apply(dated(TimestampType.NO_TIMESTAMP_TYPE, -1));
    assertThat(tuple.getStream()).isEqualTo("dead-letter");
    assertThat(tuple.get(0))
        .isEqualTo("record must have a timestamp, or a header that reads one: -1");
  }

  @Test
  void withMaxKeyBytes_lengthInUtf8_isBounded() {
    String pair = new String(Character.toChars(0x1F600)); // 2 chars, 4 bytes
    KafkaSources.Builder seven = Readings.source().withMaxKeyBytes(7);
    for (String key : List.of("1234567", "12\u20ac\u00e4", "123" + pair)) {
      assertThat(streamOf(seven, key)).isEqualTo("default");
      assertThat(streamOf(seven, key + "8")).isEqualTo("dead-letter");
    }
  }

  private static String streamOf(KafkaSources.Builder source, String key) {
    return ((KafkaTuple) Readings.translator(source).apply(record(0, 1, key, 1_000, 1)))
        .getStream();
  }

  @Test
  void withMaxFuture_extremeTimestamps_doesNotOverflow() {
    RecordTranslator<byte[], byte[]> translator =
        Readings.translator(Readings.source().withMaxFuture(Duration.ofMillis(Long.MAX_VALUE - 1)));
    KafkaTuple tuple =
        (KafkaTuple)
            translator.apply(record(0, 1, Long.MIN_VALUE + 1, A, (Long.MAX_VALUE - 1) + " 1"));
    assertThat(tuple.getStream()).isEqualTo("dead-letter");
  }

  @Test
  void config_afterSerialization_sharesTheTopicIds() {
    MemoryKafka kafka = Readings.kafka();
    @SuppressWarnings("unchecked")
    KafkaSpoutConfig<byte[], byte[]> config =
        Utils.javaDeserialize(Utils.javaSerialize(source.config(kafka)), KafkaSpoutConfig.class);
    assertThatThrownBy(() -> config.getTranslator().apply(at(A, "a 1700000000000 1")))
        .hasMessage("id of the topic must have been loaded when the spout opened: numbers");
    ((SpoutEvents) config.getTupleListener()).topicIds().load();
    assertThat(config.getTranslator().apply(at(A, "a 1700000000000 1")).get(1))
        .isEqualTo(Readings.TOPIC_ID);
    assertThat(kafka.id.toString()).isEqualTo(Readings.TOPIC_ID); // reachable until here
    assertThat(config.getRetryService().readyMessageCount()).isZero();
  }

  @Test
  void config_byDefault_commitsAckedOffsetsAndBoundsRecordsInFlight() {
    KafkaSpoutConfig<byte[], byte[]> config = source.config(Readings.kafka());
    assertThat(config.getProcessingGuarantee())
        .isEqualTo(KafkaSpoutConfig.ProcessingGuarantee.AT_LEAST_ONCE);
    assertThat(config.getFirstPollOffsetStrategy())
        .isEqualTo(FirstPollOffsetStrategy.UNCOMMITTED_EARLIEST);
    assertThat(config.getMaxUncommittedOffsets()).isEqualTo(200_000);
    assertThat(config.getConsumerGroupId()).isEqualTo("test");
    assertThat(config.getRetryService()).isInstanceOf(RetryBackoff.class);
    assertThat(config.getKafkaProps())
        .containsEntry(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class)
        .containsEntry(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
  }

  @Test
  void spout_withoutGroupId_throws() {
    assertThatThrownBy(() -> KafkaSources.bytes("localhost:9092", "t").spout())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("group id must be set")
        .hasMessageContaining("withGroupId");
  }

  @Test
  void topicIds_unreachableKafka_throws() {
    KafkaSources.Builder nowhere =
        KafkaSources.bytes("127.0.0.1:1", "t")
            .withGroupId("g")
            .withProperty("request.timeout.ms", 300)
            .withProperty("default.api.timeout.ms", 300);
    assertThatThrownBy(nowhere::topicIds)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "kafka must be reachable, start it or set other bootstrap servers: no response from"
                + " 127.0.0.1:1");
  }

  @Test
  void topicIds_invalidBootstrapServers_namesThem() {
    assertThatThrownBy(() -> KafkaSources.bytes("no address", "t").withGroupId("g").topicIds())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("kafka client cannot be created for no address: ");
  }

  @Test
  void options_outOfRange_areRejected() {
    assertThatThrownBy(() -> source.withProperty("enable.auto.commit", true))
        .hasMessage("property must not be set, because the source sets it: enable.auto.commit");
    assertThatThrownBy(() -> source.withFirstPoll(FirstPollOffsetStrategy.TIMESTAMP))
        .hasMessage("strategy must not be by timestamp, because the spout ignores it: TIMESTAMP");
    assertThatThrownBy(() -> source.withTimestampsWithin(2, 1))
        .hasMessage("earliest must not be after latest 1: 2");
    assertThatThrownBy(() -> source.withMaxUncommittedOffsets(0))
        .hasMessage("offsets must be positive: 0");
    assertThatThrownBy(() -> source.withMaxKeyBytes(0)).hasMessage("bytes must be positive: 0");
    assertThatThrownBy(() -> source.withRetryDelays(Duration.ofSeconds(2), Duration.ofSeconds(1)))
        .hasMessage("longest delay must be at least the first PT2S: PT1S");
    assertThatThrownBy(() -> source.withCommitPeriod(Duration.ofNanos(5)))
        .hasMessage("period must be at least 1 ms: PT0.000000005S");
    assertThatThrownBy(() -> KafkaSources.bytes("localhost:9092"))
        .hasMessage("at least one topic must be given");
    assertThatThrownBy(() -> KafkaSources.bytes("localhost:9092", "a", ""))
        .hasMessage("topic must have a name: ");
    assertThatThrownBy(() -> KafkaSources.bytes("localhost:9092", "a", null))
        .hasMessage("topic must have a name: null");
    assertThatThrownBy(() -> source.withDisorder(Duration.ofMillis(-1)))
        .hasMessage("bound must not be negative: PT-0.001S");
  }

  @Test
  void options_longestDuration_isAccepted() {
    Duration forever = ChronoUnit.FOREVER.getDuration();
    KafkaSources.Builder patient =
        Readings.source()
            .withMaxFuture(forever)
            .withDisorder(forever)
            .withIdleTimeout(forever)
            .withRetryDelays(Duration.ofMillis(1), forever);
    assertThat(patient.lowWatermarkSpout()).isNotNull();
    KafkaTuple tuple =
        (KafkaTuple) Readings.translator(patient).apply(record(0, 1, 0, A, (1L << 62) + " 1"));
    assertThat(tuple.getStream()).isEqualTo("default");
  }
}
