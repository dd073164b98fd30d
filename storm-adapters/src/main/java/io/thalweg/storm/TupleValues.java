package io.thalweg.storm;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Binary form of the values of a tuple: one byte for the type, then the value, big-endian.
 *
 * <p>Public for the packages of the adapters only.
 */
public final class TupleValues {

  /** Initial allocation for an array, so that a damaged length allocates little memory. */
  private static final int STEP = 1 << 16;

  private TupleValues() {}

  /** Returns whether a value has a type that tuples may contain. */
  static boolean allows(Object value) {
    return value == null
        || value instanceof String
        || value instanceof Long
        || value instanceof Integer
        || value instanceof Double
        || value instanceof Boolean
        || value instanceof byte[]
        || value instanceof Float
        || value instanceof Short
        || value instanceof Byte;
  }

  static void write(List<?> values, DataOutput out) throws IOException {
    out.writeInt(values.size());
    for (Object value : values) {
      writeValue(value, out);
    }
  }

  static void writeValue(Object value, DataOutput out) throws IOException {
    if (value == null) {
      out.writeByte(0);
    } else if (value instanceof String s) {
      out.writeByte(1);
      writeBytes(s.getBytes(UTF_8), out);
    } else if (value instanceof Long n) {
      out.writeByte(2);
      out.writeLong(n);
    } else if (value instanceof Integer n) {
      out.writeByte(3);
      out.writeInt(n);
    } else if (value instanceof Double d) {
      out.writeByte(4);
      out.writeDouble(d);
    } else if (value instanceof Boolean b) {
      out.writeByte(b ? 5 : 6);
    } else if (value instanceof byte[] bytes) {
      out.writeByte(7);
      writeBytes(bytes, out);
    } else if (value instanceof Float f) {
      out.writeByte(8);
      out.writeFloat(f);
    } else if (value instanceof Short n) {
      out.writeByte(9);
      out.writeShort(n);
    } else if (value instanceof Byte n) {
      out.writeByte(10);
      out.writeByte(n);
    } else {
      throw new IllegalArgumentException(
          "value must be a primitive, a string or bytes: " + value.getClass().getName());
    }
  }

  /**
   * Writes the length of an array (4 bytes), then its bytes.
   *
   * @param bytes the array
   * @param out the sink
   * @throws IOException if the sink fails
   */
  public static void writeBytes(byte[] bytes, DataOutput out) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  static List<Object> read(DataInput in) throws IOException {
    List<Object> values = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      values.add(readValue(in));
    }
    return values;
  }

  static Object readValue(DataInput in) throws IOException {
    int type = in.readByte();
    return switch (type) {
      case 0 -> null;
      case 1 -> new String(readBytes(in), UTF_8);
      case 2 -> in.readLong();
      case 3 -> in.readInt();
      case 4 -> in.readDouble();
      case 5 -> true;
      case 6 -> false;
      case 7 -> readBytes(in);
      case 8 -> in.readFloat();
      case 9 -> in.readShort();
      case 10 -> in.readByte();
      default -> throw new StreamCorruptedException("type must be from 0 to 10: " + type);
    };
  }

  /**
   * Reads an array that {@link #writeBytes} wrote. Memory grows with the bytes that are read, not
   * with the length in the input.
   *
   * @param in the source
   * @return the array
   * @throws IOException if the source fails, ends early or holds a negative length
   */
  public static byte[] readBytes(DataInput in) throws IOException {
    int length = in.readInt();
    if (length < 0) {
      throw new StreamCorruptedException("length must not be negative: " + length);
    }
    byte[] bytes = new byte[Math.min(length, STEP)];
    in.readFully(bytes);
    while (bytes.length < length) {
      int before = bytes.length;
      bytes = Arrays.copyOf(bytes, (int) Math.min(length, 2L * before));
      in.readFully(bytes, before, bytes.length - before);
    }
    return bytes;
  }
}
