package io.thalweg.window;

import io.thalweg.Codec;
import io.thalweg.Counters;
import io.thalweg.Milliseconds;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Saved form of the state of an operator that belongs to no key: its configuration, watermark and
 * counters.
 *
 * <p>Format: name of the state codec, description of the windows, lateness and mode, each by {@code
 * writeUTF}; then the {@code long} watermark and the counters, in version 2 also that of expired
 * keys. The lateness is a number, followed by {@code " after "} and the end up to which windows
 * stay forgotten, if a smaller lateness has forgotten them.
 *
 * <p>An operator with another configuration can restore the state if its meaning is clear: with
 * another lateness, without the last queries, or with results that retract instead of accumulate.
 */
final class OperatorStateIo {

  /** The longest text before the name of the aggregate in the name of a record. */
  private static final String LONGEST_PREFIX = "thalweg.window.session of ";

  private static final String BETWEEN_WINDOWS = "; ";
  private static final String AFTER = " after ";
  private static final String REMEDY = "; keep it, or start the operator without the saved state";

  private record Configuration(String aggregate, String windows, String lateness, String mode) {}

  /**
   * Saved configuration, watermark and counters.
   *
   * @param expiries the counters of expired keys; null if keys did not expire
   * @param hasMoreWindows true if the restoring operator lacks the last windows
   */
  record OperatorState(
      Configuration configuration,
      long watermark,
      Counters counters,
      Counters expiries,
      boolean hasMoreWindows) {

    private String[] latenessAndEnd() {
      return configuration.lateness.split(AFTER);
    }

    private long lateness() {
      return Long.parseLong(latenessAndEnd()[0]);
    }

    /** Returns whether a window with this end was forgotten when the state was saved. */
    boolean hasForgotten(long end) {
      return watermark >= Milliseconds.plus(end, lateness());
    }

    /** Returns the largest end of the windows that this state has forgotten for good. */
    long forgottenUpTo(long lateness) {
      String[] parts = latenessAndEnd();
      long before = parts.length == 1 ? Long.MIN_VALUE : Long.parseLong(parts[1]);
      return lateness <= lateness()
          ? before
          : Math.max(before, Milliseconds.minus(watermark, lateness()));
    }
  }

  private final Configuration configuration;
  private final boolean buffersEvents;
  private final Counters counters;
  private final Counters expiries;

  <E> OperatorStateIo(
      String aggregate,
      List<WindowSpec<? super E>> windows,
      long lateness,
      AccumulationMode mode,
      Counters counters,
      Counters expiries) {
    this.configuration =
        new Configuration(
            aggregate,
            windows.stream()
                .map(OperatorStateIo::describe)
                .collect(Collectors.joining(BETWEEN_WINDOWS)),
            Long.toString(lateness),
            mode.name().toLowerCase(Locale.ROOT));
    this.buffersEvents = windows.stream().anyMatch(w -> w instanceof WindowSpec.Trailing);
    this.counters = counters;
    this.expiries = expiries;
    requireShort("the name of the aggregate", LONGEST_PREFIX + aggregate, "combine fewer parts");
    requireShort(
        "the description of " + windows.size() + " windows",
        configuration.windows,
        "divide them among several operators");
  }

  private static void requireShort(String subject, String text, String remedy) {
    try {
      new DataOutputStream(OutputStream.nullOutputStream()).writeUTF(text);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "%s must have at most 65,535 bytes in the saved state; %s: %d characters, %s..."
              .formatted(subject, remedy, text.length(), text.substring(0, 100)),
          e);
    }
  }

  /**
   * Writes the configuration, the watermark and the counters.
   *
   * @param forgottenUpTo see {@link OperatorContext}
   */
  byte[] encode(long watermark, long forgottenUpTo) {
    Configuration saved = configuration;
    long lateness = Long.parseLong(configuration.lateness);
    if (forgottenUpTo > Milliseconds.minus(watermark, lateness)) {
      saved =
          new Configuration(
              configuration.aggregate,
              configuration.windows,
              lateness + AFTER + forgottenUpTo,
              configuration.mode);
    }
    return new StateCodec(expiries == null ? 1 : 2)
        .encode(new OperatorState(saved, watermark, counters, expiries, false));
  }

  /**
   * Reads the watermark and the counters.
   *
   * @throws IllegalArgumentException if the state cannot be restored into this configuration, or
   *     the record is damaged
   */
  OperatorState decode(byte[] bytes) {
    OperatorState saved = new StateCodec(2).decode(bytes);
    check("aggregate", saved.configuration.aggregate, configuration.aggregate);
    checkWindows(saved.configuration.windows);
    if (buffersEvents) { // a larger lateness would need events that are gone
      check("lateness of trailing windows", saved.configuration.lateness, configuration.lateness);
    }
    if (!saved.configuration.mode.equals("accumulating")
        || !configuration.mode.equals("retracting")) {
      check("mode", saved.configuration.mode, configuration.mode);
    }
    return saved;
  }

  private void checkWindows(String saved) {
    if (!(saved + BETWEEN_WINDOWS).startsWith(configuration.windows + BETWEEN_WINDOWS)) {
      throw new IllegalArgumentException(
          "the windows must be as saved, or lack the last of them, since others would lack earlier"
              + " events"
              + REMEDY
              + "; add windows in an operator of their own: saved "
              + saved
              + ", now "
              + configuration.windows);
    }
  }

  private static void check(String name, String saved, String current) {
    if (!saved.equals(current)) {
      throw new IllegalArgumentException(
          "the " + name + " must be as saved" + REMEDY + ": saved " + saved + ", now " + current);
    }
  }

  /** Returns a description of a query that is the same in every release. */
  private static String describe(WindowSpec<?> window) {
    if (window instanceof WindowSpec.Sliding w) {
      return "sliding " + w.size() + " by " + w.slide() + " from " + w.offset();
    } else if (window instanceof WindowSpec.Cumulative w) {
      return "cumulative " + w.max() + " by " + w.step() + " from " + w.offset();
    } else if (window instanceof WindowSpec.Calendar w) {
      return w.unit().name().toLowerCase(Locale.ROOT) + " in " + w.zone().getId();
    } else if (window instanceof WindowSpec.Session w) {
      return "session " + w.gap();
    } else if (window instanceof WindowSpec.EventSession<?> w) {
      return "session up to " + w.largestGap();
    } else if (window instanceof WindowSpec.BoundedSession<?> w) {
      return "session " + w.gap() + " within " + w.largestLength() + " or to an end event";
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

  /** The format of the class comment. Version 2 is written if keys expire. */
  private final class StateCodec implements Codec<OperatorState> {
    private final int version;

    StateCodec(int version) {
      this.version = version;
    }

    @Override
    public String name() {
      return "thalweg.windowed";
    }

    @Override
    public int version() {
      return version;
    }

    @Override
    public void write(OperatorState value, DataOutput out) throws IOException {
      out.writeUTF(value.configuration.aggregate);
      out.writeUTF(value.configuration.windows);
      out.writeUTF(value.configuration.lateness);
      out.writeUTF(value.configuration.mode);
      out.writeLong(value.watermark);
      value.counters.write(out);
      if (version > 1) {
        value.expiries.write(out);
      }
    }

    @Override
    public OperatorState read(DataInput in, int version) throws IOException {
      Configuration saved =
          new Configuration(in.readUTF(), in.readUTF(), in.readUTF(), in.readUTF());
      boolean hasMoreWindows = !saved.windows.equals(configuration.windows);
      long watermark = in.readLong();
      Counters read = counters.read(in);
      Counters readExpiries = null;
      if (version > 1) {
        readExpiries = new Counters();
        readExpiries.add("expiredKeys");
        readExpiries = readExpiries.read(in);
      }
      return new OperatorState(saved, watermark, read, readExpiries, hasMoreWindows);
    }
  }
}
