package io.thalweg.sketch;

/**
 * Hash functions of 64 bits. They never change between machines or releases, because sketches with
 * hashes are saved. Nothing is allocated.
 */
final class Hash {

  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  private Hash() {}

  /** The finaliser of SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195). */
  static long mix(long value) {
    long z = value + GOLDEN;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  static long of(long value, long seed) {
    return mix(value ^ mix(seed));
  }

  /** Hashes four characters at a time, then the length, which distinguishes "a" from "a\0". */
  static long of(CharSequence text, long seed) {
    int length = text.length();
    long hash = mix(seed) ^ length;
    int i = 0;
    for (; i + 4 <= length; i += 4) {
      long word =
          text.charAt(i)
              | (long) text.charAt(i + 1) << 16
              | (long) text.charAt(i + 2) << 32
              | (long) text.charAt(i + 3) << 48;
      hash = mix(hash ^ word);
    }
    long word = 0;
    for (; i < length; i++) {
      word = word << 16 | text.charAt(i);
    }
    return mix(hash ^ word);
  }
}
