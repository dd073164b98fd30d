package io.thalweg.window;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Codec of the state of an operator that belongs to no key: its configuration, watermark and
 * counters.
 */
final class OperatorStateIo {

  private static final int LONGS = 7;

  private OperatorStateIo() {}

  /** Configuration of an operator. Only an operator with an equal one can restore its state. */
  record Header(String aggregate, String windows, String lateness, String mode) {

    byte[] encode(long[] values) {
      return RECORD.encode(new SavedOperator(this, values));
    }

    /**
     * Reads the watermark and the counters.
     *
     * @throws IllegalArgumentException if the saved configuration differs, or the record is damaged
     */
    long[] decode(byte[] bytes) {
      SavedOperator saved = RECORD.decode(bytes);
      check("aggregate", saved.header.aggregate, aggregate);
      check("windows", saved.header.windows, windows);
      check("lateness", saved.header.lateness, lateness);
      check("mode", saved.header.mode, mode);
      return saved.values;
    }

    private static void check(String name, String saved, String current) {
      if (!saved.equals(current)) {
        throw new IllegalArgumentException(
            "the " + name + " must be as saved, " + saved + ": " + current);
      }
    }
  }

  static <E> Header header(
      String aggregate, List<WindowSpec<? super E>> windows, long lateness, AccumulationMode mode) {
    return new Header(
        aggregate,
        windows.stream().map(OperatorStateIo::describe).collect(Collectors.joining("; ")),
        Long.toString(lateness),
        mode.name().toLowerCase(Locale.ROOT));
  }

  /** Returns a description of a query that is the same in every release. */
  private static String describe(WindowSpec<?> window) {
    if (window instanceof WindowSpec.Sliding w) {
      return "sliding " + w.size() + " by " + w.slide() + " from " + w.offset();
    } else if (window instanceof WindowSpec.Cumulative w) {
      return "cumulative " + w.max() + " by " + w.step() + " from " + w.offset();
    } else if (window instanceof WindowSpec.Session w) {
      return "session " + w.gap();
    } else if (window instanceof WindowSpec.EventSession<?> w) {
      return "session up to " + w.largestGap();
    } else if (window instanceof WindowSpec.Global) {
      return "global";
    } else if (window instanceof WindowSpec.Count w) {
      return "count " + w.n() + " by " + w.step();
    } else if (window instanceof WindowSpec.Trailing w) {
      return "trailing " + w.size() + (w.includesEvent() ? "" : " excluding the event");
    } else if (window instanceof WindowSpec.TrailingCount w) {
      return "last " + w.n() + (w.includesEvent() ? "" : " excluding the event");
    }
    throw new IllegalArgumentException("the kind of the window must be known: " + window);
  }

  private record SavedOperator(Header header, long[] values) {}

  /**
   * Codec of the record. Format: name of the state codec, description of the windows, lateness and
   * mode, each by {@code writeUTF}; then {@code long} watermark, admitted, late, partially late,
   * unassigned, rejected, backward advances.
   */
  private static final Codec<SavedOperator> RECORD =
      new Codec<>() {
        @Override
        public String name() {
          return "thalweg.windowed";
        }

        @Override
        public void write(SavedOperator value, DataOutput out) throws IOException {
          out.writeUTF(value.header.aggregate);
          out.writeUTF(value.header.windows);
          out.writeUTF(value.header.lateness);
          out.writeUTF(value.header.mode);
          for (long each : value.values) {
            out.writeLong(each);
          }
        }

        @Override
        public SavedOperator read(DataInput in, int version) throws IOException {
          Header header = new Header(in.readUTF(), in.readUTF(), in.readUTF(), in.readUTF());
          long[] values = new long[LONGS];
          for (int i = 0; i < LONGS; i++) {
            values[i] = in.readLong();
          }
          return new SavedOperator(header, values);
        }
      };
}
