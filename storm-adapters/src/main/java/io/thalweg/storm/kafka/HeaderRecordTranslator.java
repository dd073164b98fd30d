package io.thalweg.storm.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.thalweg.storm.ErrorText;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.storm.kafka.spout.KafkaTuple;
import org.apache.storm.kafka.spout.RecordTranslator;
import org.apache.storm.tuple.Fields;
import org.apache.storm.utils.Utils;

/** Translator that emits every record: as a tuple, or as a dead letter with the reason. */
final class HeaderRecordTranslator implements RecordTranslator<byte[], byte[]> {

  private static final long serialVersionUID = 1;

  private final TopicIds topicIds;
  private final RetryBackoff backoff;
  private final Header.Reader reader;
  private final boolean recordKeyChecked;
  private final long earliest;
  private final long latest;
  private final FutureGuard futureGuard;
  private final int maxKeyBytes;
  private final int maxValueBytes;

  HeaderRecordTranslator(
      TopicIds topicIds,
      RetryBackoff backoff,
      Header.Reader reader,
      boolean recordKeyChecked,
      long earliest,
      long latest,
      FutureGuard futureGuard,
      int maxKeyBytes,
      int maxValueBytes) {
    this.topicIds = topicIds;
    this.backoff = backoff;
    this.reader = reader;
    this.recordKeyChecked = recordKeyChecked;
    this.earliest = earliest;
    this.latest = latest;
    this.futureGuard = futureGuard;
    this.maxKeyBytes = maxKeyBytes;
    this.maxValueBytes = maxValueBytes;
  }

  @Override
  public List<String> streams() {
    return List.of(Utils.DEFAULT_STREAM_ID, Streams.DEAD_LETTER);
  }

  @Override
  public Fields getFieldsFor(String stream) {
    return new Fields(
        stream.equals(Streams.DEAD_LETTER) ? TupleFields.DEAD_LETTER : TupleFields.RECORD);
  }

  @Override
  public List<Object> apply(ConsumerRecord<byte[], byte[]> record) {
    String topicId = topicIds.sourceId(record);
    Header header;
    try {
      header = read(record);
    } catch (Exception | StackOverflowError e) {
      // Deeply nested data may exhaust the stack of a parser; such a record is a dead letter too.
      return new KafkaTuple(
              ErrorText.of(e),
              record.topic(),
              topicId,
              record.partition(),
              record.offset(),
              record.timestamp(),
              record.key(),
              record.value())
          .routedTo(Streams.DEAD_LETTER);
    }
    return new KafkaTuple(
            record.topic(),
            topicId,
            record.partition(),
            record.offset(),
            record.timestamp(),
            header.key(),
            header.timestamp(),
            record.value())
        .routedTo(Utils.DEFAULT_STREAM_ID);
  }

  private Header read(ConsumerRecord<byte[], byte[]> record) throws Exception {
    String givenUp = backoff.reasonToGiveUp(record);
    if (givenUp != null) {
      throw new IllegalArgumentException(givenUp);
    }
    require(record.value() != null, "value must not be null");
    if (record.value().length > maxValueBytes) {
      throw invalid("value must have at most %d bytes: %d", maxValueBytes, record.value().length);
    }
    Header header = readHeader(record);
    require(header != null, "header must not be null");
    long timestamp = header.timestamp();
    if (timestamp < earliest || timestamp > latest) {
      throw invalid("timestamp must be from %d to %d: %d", earliest, latest, timestamp);
    }
    futureGuard.check(record, timestamp);
    if (header.key() instanceof String key) {
      checkKey(key);
    }
    if (recordKeyChecked) {
      require(record.key() != null, "record key must not be null");
      String recordKey = new String(record.key(), UTF_8);
      if (!recordKey.equals(header.key().toString())) {
        throw invalid("record key must be the key %s: %s", header.key(), recordKey);
      }
    }
    return header;
  }

  private Header readHeader(ConsumerRecord<byte[], byte[]> record) throws Exception {
    try {
      return reader.read(record);
    } catch (Exception | StackOverflowError e) {
      throw new IllegalArgumentException(ErrorText.ofUnreadable(e, record.value()), e);
    }
  }

  /** Checks that a key can be stored and logged by every store, sink and terminal. */
  private void checkKey(String key) {
    int bytes = 0;
    for (int i = 0; i < key.length(); i++) {
      char c = key.charAt(i);
      if (Character.isISOControl(c)) {
        throw invalid("key must have no control characters: U+%04X at index %d", (int) c, i);
      }
      // A surrogate pair takes four bytes.
      bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
    }
    if (bytes > maxKeyBytes) {
      throw invalid("key must have at most %d bytes in UTF-8: %d", maxKeyBytes, bytes);
    }
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(rule);
    }
  }

  private static IllegalArgumentException invalid(String rule, Object... values) {
    return new IllegalArgumentException(String.format(Locale.ROOT, rule, values));
  }
}
