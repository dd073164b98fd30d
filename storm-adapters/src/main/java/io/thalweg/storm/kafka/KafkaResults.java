package io.thalweg.storm.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.thalweg.storm.SideOutput;
import io.thalweg.storm.TupleFields;
import java.io.Serializable;
import org.apache.storm.kafka.bolt.mapper.TupleToKafkaMapper;
import org.apache.storm.tuple.Tuple;

/**
 * Mapper from results to Kafka records for Storm's {@code KafkaBolt}. The record key is the result
 * id, so that a compacted topic keeps one record per result.
 *
 * <pre>{@code
 * topology
 *     .setBolt(
 *         "to-kafka",
 *         new KafkaBolt<byte[], byte[]>()
 *             .withProducerProperties(properties)
 *             .withTopicSelector("means")
 *             .withTupleToKafkaMapper(new KafkaResults(Means::toJson)))
 *     .fieldsGrouping("means", new Fields(TupleFields.ID));
 * }</pre>
 *
 * <p>A retraction becomes a record without a value, which compaction removes. A result that is
 * repeated after a failure may be written after a newer version of the same key, or after its
 * retraction, and then replaces it. A compacted topic therefore converges only if each window gives
 * one result. If windows are revised, put {@code epoch} and {@code number} into the value and let
 * readers keep the largest version, as {@link io.thalweg.storm.jdbc.JdbcSink} does.
 *
 * <p>Travels to the workers by Java serialization. Thread-safe if the function is.
 */
public final class KafkaResults implements TupleToKafkaMapper<byte[], byte[]> {

  private static final long serialVersionUID = 1;

  private final Value value;

  /** Function that encodes the value of a record. */
  @FunctionalInterface
  public interface Value extends Serializable {
    /**
     * Encodes the value.
     *
     * @param result a result that is not a retraction, a late event or a dead letter
     * @return encoded value
     */
    byte[] of(Tuple result);
  }

  /**
   * Creates a mapper.
   *
   * @param value function that encodes the value of a record
   */
  public KafkaResults(Value value) {
    this.value = requireNonNull(value, "value");
  }

  /**
   * Creates a mapper for the streams {@link io.thalweg.storm.Streams#LATE} and {@link
   * io.thalweg.storm.Streams#DEAD_LETTER} of spouts, bolts and sinks. The value of a record is the
   * tuple as a JSON object, with bytes in base64. Its key is {@code component / topic id /
   * partition / offset / ordinal}, the same in each repetition; for a dead letter a checksum takes
   * the place of the ordinal.
   *
   * @return mapper
   */
  public static KafkaResults sideOutputs() {
    return new KafkaResults(SideOutput::json);
  }

  @Override
  public byte[] getKeyFromTuple(Tuple tuple) {
    return SideOutput.id(tuple).getBytes(UTF_8);
  }

  @Override
  public byte[] getMessageFromTuple(Tuple tuple) {
    return tuple.contains(TupleFields.DELETED) && tuple.getBooleanByField(TupleFields.DELETED)
        ? null
        : value.of(tuple);
  }
}
