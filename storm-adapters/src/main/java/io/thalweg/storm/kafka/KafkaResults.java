package io.thalweg.storm.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.thalweg.storm.TupleFields;
import java.io.Serializable;
import org.apache.storm.kafka.bolt.mapper.TupleToKafkaMapper;
import org.apache.storm.tuple.Tuple;

/**
 * Makes records of results, keyed by the identity of the result, for Storm's {@code KafkaBolt}: a
 * topic that is compacted keeps one record for each result.
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
 * <p>A result that is taken back becomes a record without a value, which compaction removes. What
 * is written again after a failure may come behind a newer version of the same key, or behind the
 * record that took it back, and then stands there: a compacted topic converges where each window
 * gives one result. Where windows are revised, let the value hold {@code epoch} and {@code number},
 * and readers keep the largest, as {@link io.thalweg.storm.jdbc.JdbcSink} does.
 *
 * <p>Travels to the workers by Java serialization. Thread-safe if the function is.
 */
public final class KafkaResults implements TupleToKafkaMapper<byte[], byte[]> {

  private static final long serialVersionUID = 1;

  private final Value value;

  /** Makes the value of a record. */
  @FunctionalInterface
  public interface Value extends Serializable {
    /**
     * Makes the value.
     *
     * @param result a tuple of a {@link io.thalweg.storm.ProcessorBolt}, not one that takes a
     *     result back
     * @return the bytes
     */
    byte[] of(Tuple result);
  }

  /**
   * Creates a mapper.
   *
   * @param value makes the value of a record
   */
  public KafkaResults(Value value) {
    this.value = requireNonNull(value, "value");
  }

  @Override
  public byte[] getKeyFromTuple(Tuple tuple) {
    return tuple.getStringByField(TupleFields.ID).getBytes(UTF_8);
  }

  @Override
  public byte[] getMessageFromTuple(Tuple tuple) {
    return tuple.getBooleanByField(TupleFields.DELETED) ? null : value.of(tuple);
  }
}
