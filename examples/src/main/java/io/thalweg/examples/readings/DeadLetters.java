package io.thalweg.examples.readings;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.thalweg.storm.TupleFields;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.apache.storm.kafka.bolt.mapper.TupleToKafkaMapper;
import org.apache.storm.tuple.Tuple;

/**
 * Mapper from a dead letter to a record of the dead-letter topic. The value is that of the original
 * record, byte for byte, so that it can be sent again unchanged. Storm's {@code KafkaBolt} writes
 * no headers, so the key holds the other fields, as JSON:
 *
 * <pre>{@code
 * {"reason":"value must be a number: null","topic":"sensor_readings","topic_id":"…","partition":2,
 *  "offset":1234,"record_timestamp":1735689600000,"record_key":"c2Vuc29yLTE="}
 * }</pre>
 *
 * <p>{@code record_key} is the original key in base64, or null.
 */
public final class DeadLetters implements TupleToKafkaMapper<byte[], byte[]> {

  private static final long serialVersionUID = 1;
  private static final JsonFactory JSON = new JsonFactory();

  @Override
  public byte[] getKeyFromTuple(Tuple letter) {
    StringWriter text = new StringWriter(256);
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.writeStartObject();
      for (String name :
          new String[] {TupleFields.REASON, TupleFields.TOPIC, TupleFields.TOPIC_ID}) {
        json.writeStringField(name, letter.getStringByField(name));
      }
      json.writeNumberField(TupleFields.PARTITION, letter.getIntegerByField(TupleFields.PARTITION));
      json.writeNumberField(TupleFields.OFFSET, letter.getLongByField(TupleFields.OFFSET));
      json.writeNumberField(
          TupleFields.RECORD_TIMESTAMP, letter.getLongByField(TupleFields.RECORD_TIMESTAMP));
      byte[] key = letter.getBinaryByField(TupleFields.RECORD_KEY);
      if (key == null) {
        json.writeNullField(TupleFields.RECORD_KEY);
      } else {
        json.writeBinaryField(TupleFields.RECORD_KEY, key);
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // cannot happen in memory
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public byte[] getMessageFromTuple(Tuple letter) {
    return letter.getBinaryByField(TupleFields.VALUE);
  }
}
