package io.thalweg.file;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;

/** Reader of the lines of a UTF-8 text, one at a time. Lines can be put back. */
final class Lines {

  /** The largest number of bytes in a line. The rest of a longer one is skipped. */
  static final int MAX_BYTES = 1 << 20;

  /**
   * A line.
   *
   * @param number its number, from 1
   * @param text its text without the line end, cut to the largest length
   * @param fault the rule that it breaks; null if there is none
   */
  record Line(long number, String text, String fault) {}

  private final InputStream in;
  private final byte[] buffer = new byte[1 << 16];
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final ArrayDeque<Line> returned = new ArrayDeque<>();
  private int position;
  private int limit;
  private long number;

  Lines(InputStream in) {
    this.in = in;
  }

  /** Returns the next line, or null at the end. */
  Line next() throws IOException {
    return returned.isEmpty() ? read() : returned.poll();
  }

  /** Puts lines back, to be returned again in their order. */
  void putBack(List<Line> lines) {
    for (int i = lines.size() - 1; i >= 0; i--) {
      returned.addFirst(lines.get(i));
    }
  }

  private Line read() throws IOException {
    bytes.reset();
    boolean any = false;
    boolean tooLong = false;
    while (true) {
      if (position == limit) {
        limit = Math.max(0, in.read(buffer));
        position = 0;
        if (limit == 0) {
          return any ? line(tooLong) : null;
        }
      }
      any = true;
      int end = position;
      while (end < limit && buffer[end] != '\n') {
        end++;
      }
      int room = Math.min(end - position, MAX_BYTES - bytes.size());
      tooLong |= room < end - position;
      bytes.write(buffer, position, room);
      position = end;
      if (end < limit) {
        position++;
        return line(tooLong);
      }
    }
  }

  private Line line(boolean tooLong) {
    number++;
    byte[] all = bytes.toByteArray();
    int from = number == 1 && startsWithMark(all) ? 3 : 0;
    int to = all.length > from && all[all.length - 1] == '\r' ? all.length - 1 : all.length;
    if (tooLong) {
      String start = new String(all, from, 100, StandardCharsets.UTF_8) + "…";
      return new Line(number, start, "a line must have at most " + MAX_BYTES + " bytes");
    }
    try {
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(all, from, to - from))
              .toString();
      return new Line(number, text, null);
    } catch (CharacterCodingException e) {
      String text = new String(all, from, to - from, StandardCharsets.UTF_8);
      return new Line(number, text, "a line must be UTF-8");
    }
  }

  /** Returns true if a text begins with the byte order mark. */
  private static boolean startsWithMark(byte[] text) {
    return text.length >= 3
        && text[0] == (byte) 0xEF
        && text[1] == (byte) 0xBB
        && text[2] == (byte) 0xBF;
  }
}
