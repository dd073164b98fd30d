package io.thalweg.storm;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;

/**
 * Binary form of settled marks, which are the smallest unsettled number of each source. Storm
 * serializes byte arrays, but not maps, without registration.
 *
 * <p>The bytes are a count (4 bytes), then for each source its name ({@code writeUTF}) and its
 * number (8 bytes), big-endian. Names are not empty and differ; numbers are not negative.
 *
 * <p>Public for the packages of the adapters only.
 */
public final class SettledMarks {

  private SettledMarks() {}

  /**
   * Encodes marks.
   *
   * @param marks the smallest unsettled number of each source
   * @return the bytes
   * @throws IllegalArgumentException if a name is empty or a number negative
   * @throws UncheckedIOException if a name takes more than 65,535 bytes
   */
  public static byte[] encode(Map<String, Long> marks) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(4 + 40 * marks.size());
    try {
      DataOutputStream out = new DataOutputStream(bytes);
      out.writeInt(marks.size());
      for (Map.Entry<String, Long> mark : marks.entrySet()) {
        check(mark.getKey(), mark.getValue());
        out.writeUTF(mark.getKey());
        out.writeLong(mark.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("mark cannot be written: " + e.getMessage(), e);
    }
    return bytes.toByteArray();
  }

  /**
   * Decodes marks into a new map.
   *
   * @param bytes the bytes
   * @return the smallest unsettled number of each source
   * @throws IllegalArgumentException if the bytes do not have the form of {@link #encode}
   */
  public static Map<String, Long> decode(byte[] bytes) {
    Map<String, Long> marks = new HashMap<>();
    try {
      DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
      int count = in.readInt();
      if (count < 0) {
        throw new IllegalArgumentException("number of marks must not be negative: " + count);
      }
      for (int i = 0; i < count; i++) {
        String source = in.readUTF();
        long number = in.readLong();
        check(source, number);
        if (marks.put(source, number) != null) {
          throw new IllegalArgumentException("source must have one mark: " + source);
        }
      }
      if (in.available() > 0) {
        throw new IllegalArgumentException(
            "marks must end after the last mark: bytes left " + in.available());
      }
    } catch (IOException e) {
      throw new IllegalArgumentException("marks must be complete: " + bytes.length + " bytes", e);
    }
    return marks;
  }

  /** Writes numbers by name, of any value, as part of a saved state. */
  static void write(Map<String, Long> numbers, DataOutput out) throws IOException {
    out.writeInt(numbers.size());
    for (Map.Entry<String, Long> number : numbers.entrySet()) {
      out.writeUTF(number.getKey());
      out.writeLong(number.getValue());
    }
  }

  /** Reads numbers that {@link #write} wrote. */
  static Map<String, Long> read(DataInput in) throws IOException {
    Map<String, Long> numbers = new HashMap<>();
    for (int left = in.readInt(); left > 0; left--) {
      numbers.put(in.readUTF(), in.readLong());
    }
    return numbers;
  }

  private static void check(String source, long number) {
    if (source.isEmpty()) {
      throw new IllegalArgumentException("source must have a name: mark " + number);
    }
    if (number < 0) {
      throw new IllegalArgumentException("mark of " + source + " must not be negative: " + number);
    }
  }
}
