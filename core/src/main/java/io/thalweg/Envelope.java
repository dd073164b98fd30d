package io.thalweg;

import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Byte buffer of a codec. Unlike {@link java.io.ByteArrayOutputStream}, it takes no lock for each
 * byte.
 */
final class Envelope extends OutputStream {

  private byte[] bytes = new byte[64];
  private int size;

  @Override
  public void write(int b) {
    room(1);
    bytes[size++] = (byte) b;
  }

  @Override
  public void write(byte[] from, int offset, int length) {
    room(length);
    System.arraycopy(from, offset, bytes, size, length);
    size += length;
  }

  /**
   * Returns a name that fits in an envelope.
   *
   * @throws IllegalArgumentException if it is too long
   */
  static String requireName(String name) {
    try {
      new DataOutputStream(OutputStream.nullOutputStream()).writeUTF(name);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "the name of a codec must have at most 65,535 bytes in modified UTF-8: "
              + name.length()
              + " characters, "
              + name.substring(0, 100)
              + "...",
          e);
    }
    return name;
  }

  private void room(int more) {
    if (more > bytes.length - size) {
      int needed = Math.addExact(size, more);
      int twice = bytes.length < Integer.MAX_VALUE / 2 ? 2 * bytes.length : Integer.MAX_VALUE - 8;
      bytes = Arrays.copyOf(bytes, Math.max(needed, twice));
    }
  }

  int checksum() {
    CRC32C sum = new CRC32C();
    sum.update(bytes, 0, size);
    return (int) sum.getValue();
  }

  byte[] toByteArray() {
    return Arrays.copyOf(bytes, size);
  }
}
