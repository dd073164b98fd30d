package io.thalweg;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The states of the keys of a processor, with expiry, a bound on their number, and tracking of
 * changes for {@link Processor#saveChanges}.
 *
 * <pre>{@code
 * KeyedState<String, Ewma> states = new KeyedState<>(Ewma::new, Ewma.CODEC, Duration.ofHours(1));
 *
 * public void process(String key, Reading reading, long timestamp, Output<String, Alert> out) {
 *   if (states.expiry(timestamp) <= watermark) {
 *     out.late(key, reading, timestamp, watermark);
 *     return;
 *   }
 *   Ewma state = states.update(key, timestamp);
 *   ...
 * }
 *
 * public void advance(long watermark, Output<String, Alert> out) {
 *   states.expire(watermark);
 *   ...
 * }
 * }</pre>
 *
 * <p>A state expires when the watermark reaches the timestamp of the newest event of its key plus
 * the idle time.
 *
 * <p>A key must not change while it has a state: its later events are otherwise those of another
 * key, and its saved state stays in the writer. The state itself still expires.
 *
 * <p>Cost: one look-up in a hash map for each event, without allocation if the key has a state. A
 * key has one timer; events do not move it. When the timer expires and the key has had newer
 * events, the timer is set again: that is once for each idle time in which the key is active.
 * Memory: about 100 bytes a key besides the key and its state. Not thread-safe.
 *
 * @param <K> the keys
 * @param <S> the states, mutable
 */
public final class KeyedState<K, S> {

  /** The idle time of states that never expire. */
  public static final Duration FOREVER = ChronoUnit.FOREVER.getDuration();

  /**
   * A key and its state.
   *
   * @param <K> the keys
   * @param <S> the states
   */
  public static final class Entry<K, S> {
    private final K key;
    private final S state;
    private long newest;
    private boolean changed;
    private boolean expired;

    private Entry(K key, S state, long newest) {
      this.key = key;
      this.state = state;
      this.newest = newest;
    }

    /**
     * Returns the key.
     *
     * @return the key
     */
    public K key() {
      return key;
    }

    /**
     * Returns the state.
     *
     * @return the state, to be changed only together with {@link KeyedState#update(Entry, long)}
     */
    public S state() {
      return state;
    }
  }

  /**
   * The saved form of the states. A state that is small has one record, made by a {@link Codec}:
   * see {@link KeyedState#format}. A state that is large has several, and writes those that have
   * changed.
   *
   * @param <K> the keys
   * @param <S> the states
   */
  public interface Format<K, S> {

    /**
     * Writes a complete state.
     *
     * @param key the key
     * @param state the state, unchanged
     * @param newest the timestamp of the newest event of the key
     * @param to receives the records of the key
     */
    void write(K key, S state, long newest, StateWriter<K> to);

    /**
     * Writes the records that have changed since the last call of this method or of {@link
     * #markSaved}. The default writes the complete state.
     *
     * @param key the key
     * @param state the state
     * @param newest the timestamp of the newest event of the key
     * @param to holds the records of the key as last written
     */
    default void writeChanges(K key, S state, long newest, StateWriter<K> to) {
      write(key, state, newest, to);
    }

    /**
     * Marks a complete state as saved. The default does nothing.
     *
     * @param state the state
     */
    default void markSaved(S state) {}

    /**
     * Reads saved states.
     *
     * @param from the saved records
     * @param each receives every state
     * @throws IllegalArgumentException if a record is damaged, of another format or of a later
     *     version
     */
    void read(StateReader<K> from, Visitor<? super K, ? super S> each);

    /**
     * Receiver of saved states.
     *
     * @param <K> the keys
     * @param <S> the states
     */
    @FunctionalInterface
    interface Visitor<K, S> {
      /**
       * Receives a state.
       *
       * @param key the key
       * @param state the state
       * @param newest the timestamp of the newest event of the key
       */
      void accept(K key, S state, long newest);
    }
  }

  private final Supplier<? extends S> create;
  private final Format<K, S> format;
  private final boolean expires;
  private final long idle;
  private final int maxKeys;
  private final Map<K, Entry<K, S>> entries = new HashMap<>();
  private final Timers<Entry<K, S>> timers = new Timers<>(Long.MIN_VALUE);

  /** True from the first saveChanges on. */
  private boolean tracksChanges;

  private final List<Entry<K, S>> changed = new ArrayList<>();
  private final List<K> expired = new ArrayList<>();

  /** True if an expired entry was not found by its key. */
  private boolean keysHaveChanged;

  /**
   * Creates an empty set of states without a bound on the number of keys.
   *
   * @param create creates the state of a key that has none
   * @param codec the binary form of a state
   * @param idle the time after its newest event at which a state expires, or {@link #FOREVER}
   * @throws IllegalArgumentException if {@code idle} is not a positive whole number of milliseconds
   */
  public KeyedState(Supplier<? extends S> create, Codec<S> codec, Duration idle) {
    this(create, format(codec), idle, Integer.MAX_VALUE);
  }

  /**
   * Creates an empty set of states.
   *
   * @param create creates the state of a key that has none
   * @param format the saved form of a state
   * @param idle the time after its newest event at which a state expires, or {@link #FOREVER}
   * @param maxKeys the greatest number of keys
   * @throws IllegalArgumentException if {@code idle} is not a positive whole number of
   *     milliseconds, or {@code maxKeys} is not positive
   */
  public KeyedState(Supplier<? extends S> create, Format<K, S> format, Duration idle, int maxKeys) {
    this.create = requireNonNull(create, "create");
    this.format = requireNonNull(format, "format");
    this.expires = !idle.equals(FOREVER);
    this.idle = expires ? Milliseconds.positive("idle", idle) : Long.MAX_VALUE;
    if (maxKeys <= 0) {
      throw new IllegalArgumentException("maxKeys must be positive: " + maxKeys);
    }
    this.maxKeys = maxKeys;
  }

  /**
   * Returns the format of states with one record a key, number 0: the timestamp of the newest event
   * as a {@code long}, then the state as by {@link Codec#writeNested}. Its name is {@code
   * thalweg.keyed of} and the name of the codec.
   *
   * @param codec the binary form of a state
   * @param <K> the keys
   * @param <S> the states
   * @return a format; immutable
   */
  public static <K, S> Format<K, S> format(Codec<S> codec) {
    return new CodecFormat<>(codec);
  }

  /**
   * Returns the state of a key.
   *
   * @param key the key
   * @return the state, to be read only; null if there is none
   */
  public S get(K key) {
    Entry<K, S> entry = entries.get(key);
    return entry == null ? null : entry.state;
  }

  /**
   * Returns the entry of a key, for processors that judge an event by the state before they update
   * it: {@link #update(Entry, long)} then needs no second look-up.
   *
   * @param key the key
   * @return the entry; null if there is none
   */
  public Entry<K, S> entry(K key) {
    return entries.get(key);
  }

  /**
   * Returns the state of a key to be updated for an event, and creates it if there is none. The
   * state is marked as changed and its expiry is moved.
   *
   * @param key the key
   * @param timestamp the timestamp of the event
   * @return the state; null if it would be one key too many
   */
  public S update(K key, long timestamp) {
    Entry<K, S> entry = entries.get(key);
    if (entry == null) {
      if (isFull()) {
        return null;
      }
      entry = create(key, timestamp);
    }
    update(entry, timestamp);
    return entry.state;
  }

  /**
   * Marks the state of an entry as changed by an event and moves its expiry.
   *
   * @param entry an entry that has not expired
   * @param timestamp the timestamp of the event
   */
  public void update(Entry<K, S> entry, long timestamp) {
    if (timestamp > entry.newest) {
      entry.newest = timestamp;
    }
    markChanged(entry);
  }

  private void markChanged(Entry<K, S> entry) {
    if (tracksChanges && !entry.changed) {
      entry.changed = true;
      changed.add(entry);
    }
  }

  /**
   * Creates the state of a key that has none.
   *
   * @param key the key
   * @param timestamp the timestamp of its first event
   * @return the entry, marked as changed
   * @throws IllegalStateException if it is one key too many: see {@link #isFull}
   */
  public Entry<K, S> create(K key, long timestamp) {
    if (isFull()) {
      throw new IllegalStateException("at most " + maxKeys + " keys are held: " + key);
    }
    Entry<K, S> entry =
        new Entry<>(
            requireNonNull(key, "key"),
            requireNonNull(create.get(), "the new state must not be null"),
            timestamp);
    add(entry);
    markChanged(entry);
    return entry;
  }

  private void add(Entry<K, S> entry) {
    entries.put(entry.key, entry);
    if (expires) {
      timers.add(expiry(entry.newest), entry);
    }
  }

  /**
   * Returns true if no further key can have a state.
   *
   * @return true if the number of keys has reached its bound
   */
  public boolean isFull() {
    return entries.size() >= maxKeys;
  }

  /**
   * Returns the number of keys with a state.
   *
   * @return the number of keys
   */
  public int size() {
    return entries.size();
  }

  /**
   * Returns the watermark at which the state of a key expires if its newest event has the given
   * timestamp. An event is late if that watermark has been reached already.
   *
   * @param timestamp the timestamp of an event
   * @return {@code timestamp + idle}, clamped to {@code Long.MAX_VALUE}
   */
  public long expiry(long timestamp) {
    return Milliseconds.plus(timestamp, idle);
  }

  /**
   * Calls an action for each key with a state, in no particular order.
   *
   * @param action receives every entry; it must not create states
   */
  public void forEach(Consumer<? super Entry<K, S>> action) {
    entries.values().forEach(action);
  }

  /**
   * Removes the expired states.
   *
   * @param watermark the watermark; never less than before
   */
  public void expire(long watermark) {
    expire(watermark, entry -> {});
  }

  /**
   * Removes the expired states and passes them to an action.
   *
   * @param watermark the watermark; never less than before
   * @param action receives every removed entry, in no particular order
   */
  public void expire(long watermark, Consumer<? super Entry<K, S>> action) {
    timers.advance(
        watermark,
        (deadline, entry) -> {
          long expiry = expiry(entry.newest);
          if (expiry > watermark) {
            timers.add(expiry, entry);
          } else {
            remove(entry);
            action.accept(entry);
          }
        });
    if (keysHaveChanged) {
      entries.values().removeIf(entry -> entry.expired);
      keysHaveChanged = false;
    }
  }

  private void remove(Entry<K, S> entry) {
    entry.expired = true;
    if (!entries.remove(entry.key, entry)) {
      keysHaveChanged = true; // it is not where its hash code was when it was added
    }
    if (tracksChanges) {
      expired.add(entry.key);
    }
  }

  /**
   * Writes all states.
   *
   * @param to an empty writer
   */
  public void save(StateWriter<K> to) {
    entries.values().forEach(entry -> save(entry, to));
  }

  /**
   * Writes one state, for processors that write states in an order of their own.
   *
   * @param entry the entry
   * @param to holds no record of the key
   */
  public void save(Entry<K, S> entry, StateWriter<K> to) {
    format.write(entry.key, entry.state, entry.newest, to);
  }

  /**
   * Writes the changes since the last call. The first call clears the writer, writes all states and
   * starts to track changes. So does the call after one whose writer has thrown.
   *
   * @param to holds the records that this method has written before
   */
  public void saveChanges(StateWriter<K> to) {
    if (!tracksChanges) {
      to.clear();
      save(to);
      startTrackingChanges();
      return;
    }
    tracksChanges = false; // unless the writer takes everything
    expired.forEach(to::remove);
    for (Entry<K, S> entry : changed) {
      entry.changed = false;
      if (!entry.expired) {
        format.writeChanges(entry.key, entry.state, entry.newest, to);
      }
    }
    expired.clear();
    changed.clear();
    tracksChanges = true;
  }

  /** Marks all states as saved and tracks changes from now on. */
  public void startTrackingChanges() {
    tracksChanges = true;
    expired.clear();
    changed.clear();
    for (Entry<K, S> entry : entries.values()) {
      entry.changed = false;
      format.markSaved(entry.state);
    }
  }

  /**
   * Reads the saved states of a shard without changing this object.
   *
   * @param shard the saved states, of keys that have none here
   * @return entries that are not yet part of this object, for {@link #addAll}
   * @throws IllegalArgumentException if a record is damaged, of another format or of a later
   *     version, or its key has a state here
   */
  public List<Entry<K, S>> read(StateReader<K> shard) {
    List<Entry<K, S>> read = new ArrayList<>();
    format.read(
        shard,
        (key, state, newest) -> {
          if (entries.containsKey(key)) {
            throw new IllegalArgumentException(
                "shards must have no key in common, but both have one: " + key);
          }
          read.add(new Entry<>(key, state, newest));
        });
    return read;
  }

  /**
   * Adds restored states, once nothing else of the shard can be refused.
   *
   * @param restored entries that {@link #read} has returned
   */
  public void addAll(List<Entry<K, S>> restored) {
    restored.forEach(this::add);
  }

  private static final class CodecFormat<K, S> implements Format<K, S> {

    private record Timed<S>(long newest, S state) {}

    private final Codec<Timed<S>> codec;

    CodecFormat(Codec<S> states) {
      codec =
          Codec.of(
              "thalweg.keyed of " + states.name(),
              (value, out) -> {
                out.writeLong(value.newest);
                Codec.writeNested(states, value.state, out);
              },
              in -> new Timed<>(in.readLong(), Codec.readNested(states, in)));
    }

    @Override
    public void write(K key, S state, long newest, StateWriter<K> to) {
      to.put(key, 0, codec.encode(new Timed<>(newest, state)));
    }

    @Override
    public void read(StateReader<K> from, Visitor<? super K, ? super S> each) {
      from.forEach(
          (key, part, bytes) -> {
            if (part != 0) {
              throw new IllegalArgumentException(
                  codec.name() + ": a key must have record 0 only: key " + key + ", " + part);
            }
            Timed<S> read = codec.decode(bytes);
            each.accept(key, read.state, read.newest);
          });
    }
  }
}
