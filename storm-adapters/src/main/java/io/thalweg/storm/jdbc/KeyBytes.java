package io.thalweg.storm.jdbc;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Binary form of a key: one byte for its type, then a {@code Long} in eight bytes, or a {@code
 * String} in UTF-8. A string with surrogates is stored in UTF-16, because unpaired surrogates have
 * no UTF-8.
 */
final class KeyBytes {

  private static final byte UTF_8 = 1;
  private static final byte UTF_16 = 2;
  private static final byte LONG = 3;

  /** Type of a digest that stands for a long key in an index. */
  private static final byte DIGEST = 4;

  private static final int LONGEST_INDEXED = 1_000;

  private KeyBytes() {}

  static byte[] encode(Object key) {
    if (key instanceof Long number) {
      return ByteBuffer.allocate(1 + Long.BYTES).put(LONG).putLong(number).array();
    }
    String text = (String) key;
    if (hasSurrogates(text)) {
      ByteBuffer bytes = ByteBuffer.allocate(1 + 2 * text.length()).put(UTF_16);
      bytes.asCharBuffer().put(text); // an encoder would replace unpaired surrogates
      return bytes.array();
    }
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(1 + utf8.length).put(UTF_8).put(utf8).array();
  }

  /**
   * Returns the form of a key for an index: the binary form itself or, if it is long, its digest by
   * SHA-256. PostgreSQL rejects index entries of more than about 2,700 bytes.
   *
   * @param key binary form of the key
   */
  static byte[] indexed(byte[] key) {
    if (key.length <= LONGEST_INDEXED) {
      return key;
    }
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(key);
      return ByteBuffer.allocate(1 + digest.length).put(DIGEST).put(digest).array();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has SHA-256
    }
  }

  /** Returns whether the form of a key for an index is a digest. */
  static boolean isDigest(byte[] indexed) {
    return indexed.length > 0 && indexed[0] == DIGEST;
  }

  private static boolean hasSurrogates(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        return true;
      }
    }
    return false;
  }

  /** Returns the approximate size of the encoded key. */
  static int size(Object key) {
    return key instanceof String text ? text.length() : Long.BYTES;
  }

  /**
   * Decodes a key; rejects bytes that {@link #encode} never produces, so that keys stay distinct.
   */
  static Object decode(byte[] bytes) {
    Object key = null;
    if (bytes.length > 0) {
      ByteBuffer rest = ByteBuffer.wrap(bytes, 1, bytes.length - 1);
      if (bytes[0] == UTF_8) {
        key = StandardCharsets.UTF_8.decode(rest).toString();
      } else if (bytes[0] == UTF_16 && rest.remaining() % 2 == 0) {
        key = rest.asCharBuffer().toString();
      } else if (bytes[0] == LONG && rest.remaining() == Long.BYTES) {
        key = rest.getLong();
      }
    }
    if (key == null || !Arrays.equals(encode(key), bytes)) {
      throw new IllegalStateException(
          "key must be a string or a long in its binary form: " + HexFormat.of().formatHex(bytes));
    }
    return key;
  }

  /** Returns the key; rejects a key without a binary form. */
  static Object require(Object key) {
    if (key instanceof String || key instanceof Long) {
      return key;
    }
    throw new IllegalArgumentException(
        "key must be a String or a Long: " + (key == null ? "null" : key.getClass().getName()));
  }
}
