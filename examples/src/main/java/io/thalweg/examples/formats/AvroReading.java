package io.thalweg.examples.formats;

import io.thalweg.examples.readings.Reading;
import io.thalweg.storm.Decoder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

/**
 * Decoder of readings in Avro's binary form without a header. Writer and reader must use the same
 * schema.
 *
 * <p>Not thread-safe; each task deserializes a copy of its own.
 */
public final class AvroReading implements Decoder<Reading> {

  private static final long serialVersionUID = 1;

  /** {@code device_id} string, {@code value} double, {@code timestamp} long. */
  public static final Schema SCHEMA =
      SchemaBuilder.record("Reading")
          .namespace("io.thalweg.examples")
          .fields()
          .requiredString("device_id")
          .requiredDouble("value")
          .requiredLong("timestamp")
          .endRecord();

  private transient GenericDatumReader<GenericRecord> reader;
  private transient GenericRecord record;
  private transient BinaryDecoder input;

  /** Creates a decoder. */
  public AvroReading() {}

  @Override
  public Reading decode(byte[] bytes) throws IOException {
    if (reader == null) {
      reader = new GenericDatumReader<>(SCHEMA);
    }
    input = DecoderFactory.get().binaryDecoder(bytes, input);
    record = reader.read(record, input);
    if (!input.isEnd()) {
      throw new IllegalArgumentException("nothing may follow the avro record");
    }
    return Reading.checked(record.get(0).toString(), (Double) record.get(1), (Long) record.get(2));
  }

  /**
   * Encodes a reading.
   *
   * @param reading the reading
   * @return the bytes, as {@link #decode} reads them
   * @throws IOException never, in memory
   */
  public static byte[] encode(Reading reading) throws IOException {
    GenericRecord record = new GenericData.Record(SCHEMA);
    record.put(0, reading.deviceId());
    record.put(1, reading.value());
    record.put(2, reading.timestamp());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(64);
    BinaryEncoder out = EncoderFactory.get().directBinaryEncoder(bytes, null);
    new GenericDatumWriter<GenericRecord>(SCHEMA).write(record, out);
    out.flush();
    return bytes.toByteArray();
  }
}
