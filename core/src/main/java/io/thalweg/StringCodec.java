package io.thalweg;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Codec of strings: the length in bytes, then UTF-8. UTF-8 cannot represent unpaired surrogates; a
 * string that has them is written in UTF-16 after the one's complement of its length in characters,
 * so that different strings stay different.
 */
final class StringCodec implements Codec<String> {

  /**
   * Maximum of bytes allocated at once for a length that was read. The buffer grows as the bytes
   * arrive.
   */
  private static final int CHUNK = 1 << 16;

  @Override
  public String name() {
    return "string";
  }

  @Override
  public void write(String value, DataOutput out) throws IOException {
    if (hasUnpairedSurrogate(value)) {
      out.writeInt(~value.length());
      out.writeChars(value);
      return;
    }
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    out.writeInt(utf8.length);
    out.write(utf8);
  }

  @Override
  public String read(DataInput in, int version) throws IOException {
    int length = in.readInt();
    if (length >= 0) {
      return new String(readBytes(in, length), StandardCharsets.UTF_8);
    }
    return ByteBuffer.wrap(readBytes(in, 2 * ~length)).asCharBuffer().toString();
  }

  private static boolean hasUnpairedSurrogate(String value) {
    int c;
    for (int i = 0; i < value.length(); i += Character.charCount(c)) {
      c = value.codePointAt(i);
      if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
        return true;
      }
    }
    return false;
  }

  /** Reads bytes without allocating them all in advance, since the length may be damaged. */
  static byte[] readBytes(DataInput in, int length) throws IOException {
    if (length < 0) {
      throw new StreamCorruptedException("length must not be negative: " + length);
    }
    byte[] bytes = new byte[Math.min(length, CHUNK)];
    int read = 0;
    while (true) {
      in.readFully(bytes, read, bytes.length - read);
      read = bytes.length;
      if (read == length) {
        return bytes;
      }
      bytes = Arrays.copyOf(bytes, (int) Math.min(length, 2L * read));
    }
  }
}
