package io.thalweg;

import java.io.ByteArrayInputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.zip.CRC32C;

/**
 * The binary form of a value, with a name and a version that travel with every record.
 *
 * <p>A user implements {@link #name}, {@link #write} and {@link #read}; {@link #encode} and {@link
 * #decode} add the envelope. All numbers are big-endian:
 *
 * <pre>
 * bytes   content
 * 2       'T' 'W'
 * 2 + n   name, as by DataOutput.writeUTF
 * 4       version, from 1
 * m       what write wrote
 * 4       CRC-32C (RFC 3720, appendix B.4) of all bytes before
 * </pre>
 *
 * <p>Thread-safety: implementations are immutable and safe to share.
 *
 * @param <T> the values
 */
public interface Codec<T> {

  /** Strings of any length, in UTF-8; those with unpaired surrogates in UTF-16. */
  Codec<String> STRING = new StringCodec();

  /** Longs, in eight bytes. */
  Codec<Long> LONG = new LongCodec();

  /**
   * The name of what is written, stable for ever, such as {@code thalweg.moments}.
   *
   * @return the name; at most 65,535 bytes in UTF-8
   */
  String name();

  /**
   * The version that {@link #write} writes. A codec reads every version up to its own.
   *
   * @return the version, from 1
   */
  default int version() {
    return 1;
  }

  /**
   * Writes a value.
   *
   * @param value the value, unchanged
   * @param out where to write
   * @throws IOException if the sink fails
   */
  void write(T value, DataOutput out) throws IOException;

  /**
   * Reads a value. Bytes come from outside: lengths and ranges are checked before use.
   *
   * @param in what was written
   * @param version the version that wrote it, from 1 to {@link #version}
   * @return the value
   * @throws IOException if the source fails or its content is not a value
   */
  T read(DataInput in, int version) throws IOException;

  /**
   * Writes a value in its envelope.
   *
   * @param value the value
   * @return the bytes
   */
  default byte[] encode(T value) {
    Envelope bytes = new Envelope();
    DataOutputStream out = new DataOutputStream(bytes);
    try {
      out.writeByte('T');
      out.writeByte('W');
      out.writeUTF(name());
      out.writeInt(version());
      write(value, out);
      out.writeInt(bytes.checksum());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /**
   * Reads a value from its envelope.
   *
   * @param bytes what {@link #encode} gave
   * @return the value
   * @throws IllegalArgumentException if the record is damaged, of another name or of a later
   *     version; the message says which
   */
  default T decode(byte[] bytes) {
    int body = bytes.length - 4;
    if (body < 8) {
      throw new IllegalArgumentException(
          name() + ": damaged record: at least 12 bytes expected: " + bytes.length);
    }
    CRC32C sum = new CRC32C();
    sum.update(bytes, 0, body);
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    try {
      DataInputStream tail = new DataInputStream(new ByteArrayInputStream(bytes, body, 4));
      if (tail.readInt() != (int) sum.getValue()) {
        throw new IllegalArgumentException(
            name() + ": damaged record: checksum does not match in " + bytes.length + " bytes");
      }
      if (in.readByte() != 'T' || in.readByte() != 'W') {
        throw new IllegalArgumentException(name() + ": damaged record: it does not begin with TW");
      }
      String name = in.readUTF();
      if (!name.equals(name())) {
        throw new IllegalArgumentException(
            name() + ": this is a record of something else: " + name);
      }
      int version = in.readInt();
      if (version < 1 || version > version()) {
        throw new IllegalArgumentException(
            name() + ": version must be from 1 to " + version() + ": " + version);
      }
      T value = read(in, version);
      if (in.available() != 4) {
        throw new IllegalArgumentException(
            name() + ": damaged record: bytes left over: " + (in.available() - 4));
      }
      return value;
    } catch (IOException e) {
      throw new IllegalArgumentException(name() + ": damaged record: " + e, e);
    }
  }
}
