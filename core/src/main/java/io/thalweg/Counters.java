package io.thalweg;

import static java.util.Objects.requireNonNull;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ObjLongConsumer;

/**
 * The event counters of a processor, which are reported, saved and restored together.
 *
 * <pre>{@code
 * private final Counters counters = new Counters();
 * private final Counters.Counter scored = counters.add("scored");
 * private final Counters.Counter anomalies = counters.add("anomalies");
 * }</pre>
 *
 * <p>A restoring processor first reads the saved counters with {@link #read}, and adds them with
 * {@link #addAll} once nothing else can be refused, if it {@linkplain StateReader#ownsCounters owns
 * the counters} of the shard.
 *
 * <p>Incrementing costs one addition and allocates nothing. Not thread-safe.
 */
public final class Counters {

  private final List<Counter> counters = new ArrayList<>();

  /** Creates an empty set of counters. */
  public Counters() {}

  /** A named count. */
  public static final class Counter {
    private final String name;
    private long value;

    private Counter(String name, long value) {
      this.name = name;
      this.value = value;
    }

    /** Adds one. */
    public void increment() {
      value++;
    }

    /**
     * Returns the count.
     *
     * @return the number of increments, including those of restored shards
     */
    public long value() {
      return value;
    }
  }

  /**
   * Adds a counter that starts at zero.
   *
   * @param name the name under which it is reported, in camel case
   * @return the counter
   */
  public Counter add(String name) {
    Counter counter = new Counter(requireNonNull(name, "name"), 0);
    counters.add(counter);
    return counter;
  }

  /**
   * Writes each count as a {@code long}, in the order in which the counters were added.
   *
   * @param out the destination
   * @throws IOException if the destination fails
   */
  public void write(DataOutput out) throws IOException {
    for (Counter counter : counters) {
      out.writeLong(counter.value);
    }
  }

  /**
   * Reads saved counts and changes nothing.
   *
   * @param in the source
   * @return counters of the same names
   * @throws IOException if the source fails
   */
  public Counters read(DataInput in) throws IOException {
    Counters read = new Counters();
    for (Counter counter : counters) {
      read.counters.add(new Counter(counter.name, in.readLong()));
    }
    return read;
  }

  /**
   * Adds the counts of a restored shard.
   *
   * @param saved counters that {@link #read} of this object returned
   */
  public void addAll(Counters saved) {
    for (int i = 0; i < counters.size(); i++) {
      counters.get(i).value += saved.counters.get(i).value;
    }
  }

  /**
   * Reports every counter, for {@link Processor#counters}.
   *
   * @param each receives every name and count
   */
  public void report(ObjLongConsumer<String> each) {
    counters.forEach(counter -> each.accept(counter.name, counter.value));
  }
}
