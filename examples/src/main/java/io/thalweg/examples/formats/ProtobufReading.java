package io.thalweg.examples.formats;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import io.thalweg.examples.readings.Reading;
import java.io.IOException;

/**
 * Decoder of readings in Protocol Buffers:
 *
 * <pre>{@code
 * message Reading {
 *   string device_id = 1;
 *   double value = 2;
 *   int64 timestamp = 3;
 * }
 * }</pre>
 *
 * <p>The three fields are read with Google's {@code CodedInputStream}, without generated code. For
 * larger messages use the class that {@code protoc} generates: {@code Reading::parseFrom} is a
 * decoder.
 */
public final class ProtobufReading {

  private static final int DEVICE_ID = 1 << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
  private static final int VALUE = 2 << 3 | WireFormat.WIRETYPE_FIXED64;
  private static final int TIMESTAMP = 3 << 3 | WireFormat.WIRETYPE_VARINT;

  private ProtobufReading() {}

  /**
   * Decodes a reading. Unknown fields are skipped.
   *
   * @param bytes a message
   * @return the reading
   * @throws IOException if it is not a message
   * @throws IllegalArgumentException if it is not a valid reading
   */
  public static Reading decode(byte[] bytes) throws IOException {
    CodedInputStream in = CodedInputStream.newInstance(bytes);
    String deviceId = "";
    double value = 0;
    long timestamp = 0;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (tag) {
        case DEVICE_ID -> deviceId = in.readStringRequireUtf8();
        case VALUE -> value = in.readDouble();
        case TIMESTAMP -> timestamp = in.readInt64();
        default -> in.skipField(tag);
      }
    }
    return Reading.checked(deviceId, value, timestamp);
  }

  /**
   * Encodes a reading.
   *
   * @param reading the reading
   * @return the bytes, as {@link #decode} reads them
   * @throws IOException never, in memory
   */
  public static byte[] encode(Reading reading) throws IOException {
    byte[] bytes =
        new byte
            [CodedOutputStream.computeStringSize(1, reading.deviceId())
                + CodedOutputStream.computeDoubleSize(2, reading.value())
                + CodedOutputStream.computeInt64Size(3, reading.timestamp())];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.writeString(1, reading.deviceId());
    out.writeDouble(2, reading.value());
    out.writeInt64(3, reading.timestamp());
    out.checkNoSpaceLeft();
    return bytes;
  }
}
