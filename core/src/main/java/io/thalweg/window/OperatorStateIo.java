package io.thalweg.window;

import io.thalweg.Codec;
import io.thalweg.Counters;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Saved form of the state of an operator that belongs to no key: its configuration, watermark and
 * counters.
 *
 * <p>Format: name of the state codec, description of the windows, lateness and mode, each by {@code
 * writeUTF}; then the {@code long} watermark and the counters.
 */
final class OperatorStateIo {

  /** Configuration of an operator. Only an operator with an equal one can restore its state. */
  private record Configuration(String aggregate, String windows, String lateness, String mode) {}

  /** Saved watermark and counters. */
  record OperatorState(Configuration configuration, long watermark, Counters counters) {}

  private final Configuration configuration;
  private final Counters counters;
  private final Codec<OperatorState> codec;

  <E> OperatorStateIo(
      String aggregate,
      List<WindowSpec<? super E>> windows,
      long lateness,
      AccumulationMode mode,
      Counters counters) {
    this.configuration =
        new Configuration(
            aggregate,
            windows.stream().map(OperatorStateIo::describe).collect(Collectors.joining("; ")),
            Long.toString(lateness),
            mode.name().toLowerCase(Locale.ROOT));
    this.counters = counters;
    this.codec =
        Codec.of(
            "thalweg.windowed",
            (value, out) -> {
              out.writeUTF(value.configuration.aggregate);
              out.writeUTF(value.configuration.windows);
              out.writeUTF(value.configuration.lateness);
              out.writeUTF(value.configuration.mode);
              out.writeLong(value.watermark);
              value.counters.write(out);
            },
            in ->
                new OperatorState(
                    new Configuration(in.readUTF(), in.readUTF(), in.readUTF(), in.readUTF()),
                    in.readLong(),
                    counters.read(in)));
  }

  byte[] encode(long watermark) {
    return codec.encode(new OperatorState(configuration, watermark, counters));
  }

  /**
   * Reads the watermark and the counters.
   *
   * @throws IllegalArgumentException if the saved configuration differs, or the record is damaged
   */
  OperatorState decode(byte[] bytes) {
    OperatorState saved = codec.decode(bytes);
    check("aggregate", saved.configuration.aggregate, configuration.aggregate);
    check("windows", saved.configuration.windows, configuration.windows);
    check("lateness", saved.configuration.lateness, configuration.lateness);
    check("mode", saved.configuration.mode, configuration.mode);
    return saved;
  }

  private static void check(String name, String saved, String current) {
    if (!saved.equals(current)) {
      throw new IllegalArgumentException(
          "the " + name + " must be as saved, " + saved + ": " + current);
    }
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
}
