package io.thalweg;

import java.io.ByteArrayInputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.io.UncheckedIOException;
import java.util.zip.CRC32C;

/**
 * Binary form of values. Every record includes the name and the version of its format.
 *
 * <p>A user implements {@link #name}, {@link #write} and {@link #read}; {@link #encode} and {@link
 * #decode} add the envelope. All numbers are big-endian:
 *
 * <pre>
 * bytes   content
 * 2       'T' 'W'
 * 2 + n   name, as by DataOutput.writeUTF
 * 4       version, from 1
 * m       the value, as by write
 * 4       CRC-32C (RFC 3720, appendix B.4) of all bytes before
 * </pre>
 *
 * <p>Thread-safety: implementations are immutable and safe to share.
 *
 * @param <T> the values
 */
public interface Codec<T> {

  /** Codec of strings of any length, in UTF-8, or in UTF-16 if there are unpaired surrogates. */
  Codec<String> STRING = new StringCodec();

  /** Codec of longs, in eight bytes. */
  Codec<Long> LONG = of("long", (value, out) -> out.writeLong(value), DataInput::readLong);

  /** Codec of doubles, in eight bytes. Every NaN is read as {@code Double.NaN}. */
  Codec<Double> DOUBLE =
      of("double", (value, out) -> out.writeDouble(value), DataInput::readDouble);

  /**
   * Writer of the binary form of a value.
   *
   * @param <T> the values
   */
  @FunctionalInterface
  interface Writer<T> {

    /**
     * Writes a value.
     *
     * @param value the value, unchanged
     * @param out the sink
     * @throws IOException if the sink fails
     */
    void write(T value, DataOutput out) throws IOException;
  }

  /**
   * Reader of the binary form of a value.
   *
   * @param <T> the values
   */
  @FunctionalInterface
  interface Reader<T> {

    /**
     * Reads a value. Bytes come from outside: lengths and ranges are checked before use.
     *
     * @param in the source
     * @return the value
     * @throws IOException if the source fails or its content is not a value
     */
    T read(DataInput in) throws IOException;
  }

  /**
   * Returns a codec of version 1 made of two functions:
   *
   * <pre>{@code
   * Codec<Point> points =
   *     Codec.of(
   *         "app.point",
   *         (point, out) -> {
   *           out.writeDouble(point.x());
   *           out.writeDouble(point.y());
   *         },
   *         in -> new Point(in.readDouble(), in.readDouble()));
   * }</pre>
   *
   * <p>A format that has changed needs a class of its own, with {@link #version} and a {@link
   * #read} that distinguishes the versions.
   *
   * @param name the name of the format, which never changes; at most 65,535 bytes in UTF-8
   * @param writer writes a value
   * @param reader reads a value
   * @param <T> the values
   * @return a codec; immutable if the functions are pure
   * @throws IllegalArgumentException if the name is too long
   */
  static <T> Codec<T> of(String name, Writer<? super T> writer, Reader<? extends T> reader) {
    return new FunctionCodec<>(name, writer, reader);
  }

  /**
   * Writes a value inside the record of another codec: the version as an {@code int}, then the
   * value. {@link #readNested} reads it.
   *
   * @param codec the codec of the value
   * @param value the value, unchanged
   * @param out the sink
   * @param <T> the values
   * @throws IOException if the sink fails
   */
  static <T> void writeNested(Codec<T> codec, T value, DataOutput out) throws IOException {
    out.writeInt(codec.version());
    codec.write(value, out);
  }

  /**
   * Reads a value that {@link #writeNested} wrote.
   *
   * @param codec the codec of the value
   * @param in the source
   * @param <T> the values
   * @return the value
   * @throws StreamCorruptedException if the version is unknown to the codec
   * @throws IOException if the source fails or its content is not a value
   */
  static <T> T readNested(Codec<T> codec, DataInput in) throws IOException {
    return codec.read(in, readVersion(codec, in));
  }

  /**
   * Reads the version of several values that follow it. {@link #readNested} does so for one value.
   *
   * @param codec the codec of the values
   * @param in the source
   * @return the version, from 1 to that of the codec
   * @throws StreamCorruptedException if the version is unknown to the codec
   * @throws IOException if the source fails
   */
  static int readVersion(Codec<?> codec, DataInput in) throws IOException {
    int version = in.readInt();
    if (version < 1 || version > codec.version()) {
      throw new StreamCorruptedException(
          codec.name() + ": version must be from 1 to " + codec.version() + ": " + version);
    }
    return version;
  }

  /**
   * Returns the name of the format, which never changes, such as {@code thalweg.moments}.
   *
   * @return the name; at most 65,535 bytes in UTF-8
   */
  String name();

  /**
   * Returns the version that {@link #write} writes. A codec reads every version up to its own.
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
   * @param out the sink
   * @throws IOException if the sink fails
   */
  void write(T value, DataOutput out) throws IOException;

  /**
   * Reads a value. Bytes come from outside: lengths and ranges are checked before use.
   *
   * @param in the source
   * @param version the version that wrote it, from 1 to {@link #version}
   * @return the value
   * @throws IOException if the source fails or its content is not a value
   */
  T read(DataInput in, int version) throws IOException;

  /**
   * Writes a value with its envelope.
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
   * Reads a value with its envelope.
   *
   * @param bytes the result of {@link #encode}
   * @return the value
   * @throws IllegalArgumentException if the record is damaged, or has another name or a later
   *     version
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
