package io.thalweg.feature;

import static java.util.Objects.requireNonNull;

import io.thalweg.KeyedState;
import io.thalweg.Milliseconds;
import io.thalweg.Processor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Declaration of the features of the events of one key, such as a card: names, windows and
 * statistics, in a fixed order. The same declaration makes the rows of the training set and those
 * of the stream.
 *
 * <pre>{@code
 * FeatureSet<CardEvent> card =
 *     FeatureSet.<CardEvent>named("card")
 *         .answering(event -> event instanceof Payment)
 *         .feature("amount").value(CardEvent::amount)
 *         .feature("avg_transaction_amount_1h").last(ofHours(1)).mean(AMOUNT)
 *         .feature("transaction_rate_5m").last(ofMinutes(5)).rate()
 *         .feature("time_since_last_transaction").sinceLast()
 *         .idle(ofDays(60))
 *         .build();
 * FeatureOperator<String, CardEvent> operator = card.operator();
 * }</pre>
 *
 * <p>The events are the union of the streams of a key, such as payments, profiles and labels;
 * usually a sealed interface. Each feature counts the events that its {@link
 * FeatureDefinition#where} accepts. A vector is answered for the events asked for by {@link
 * Builder#answering}.
 *
 * <p><b>An event does not count itself.</b> A feature is read before the event is added, unless it
 * is declared {@link FeatureDefinition#including}.
 *
 * <p><b>Order.</b> An earlier event is one with a smaller timestamp, or with the same timestamp and
 * an earlier arrival. Behind {@link io.thalweg.Ordered} the arrival is (timestamp, source), so each
 * vector is a function of the history alone. In another order, a window {@code last(Duration)}
 * without tiles counts the events that have arrived with {@code t - size < timestamp <= t}. All
 * other features follow the order of arrival: an event behind the newest one of its key counts at
 * the time of that one. An event changes no vector that was answered before.
 *
 * <p><b>Lateness.</b> An event is late if {@code timestamp + lateness < watermark}, or {@code
 * timestamp < newest - lateness} with the newest timestamp of its key.
 *
 * <p><b>Absent values.</b> An absent number is NaN and an absent text null, never 0. Absent are
 * mean, extrema, quantiles, ends, trend and deviation of an empty window, the standard deviation of
 * one value, the time since a last event that does not exist, and a ratio with an absent part or a
 * denominator of 0; so is a result that is infinite. Count, rate, sum and number of distinct values
 * of an empty window are 0. A field that is NaN, or a text that is null, has no value for this
 * event, which is counted but not part of the statistic of the field.
 *
 * <p><b>Bad events.</b> An exception of a predicate, a field or the check of an aggregate rejects
 * the event before anything changes; so do an infinite field, a reserved timestamp and one key too
 * many.
 *
 * <p><b>Expiry.</b> A key that has no event for the time of its longest window, or for {@link
 * Builder#idle} if that is longer, is forgotten: its next event finds no earlier ones. Its state is
 * removed when the watermark reaches that time plus the lateness.
 *
 * <p>Immutable.
 *
 * @param <E> the events
 */
public final class FeatureSet<E> {

  /** The default of {@link Builder#lateness}: one minute. */
  public static final Duration LATENESS = Duration.ofMinutes(1);

  private final String name;
  private final FeatureEngine.Settings<E> settings;

  private FeatureSet(String name, FeatureEngine.Settings<E> settings) {
    this.name = name;
    this.settings = settings;
  }

  /**
   * Returns a builder of a set without features.
   *
   * @param name the name of the set, such as that of its key; not blank and without a slash
   * @param <E> the events
   * @return a builder
   * @throws IllegalArgumentException if the name is blank or has a slash
   */
  public static <E> Builder<E> named(String name) {
    if (name.isBlank() || name.indexOf('/') >= 0) {
      throw new IllegalArgumentException(
          "name of a set must not be blank or have a slash: \"" + name + '"');
    }
    return new Builder<>(name);
  }

  /**
   * Returns the name.
   *
   * @return the name of the set
   */
  public String name() {
    return name;
  }

  /**
   * Returns the schema of the vectors.
   *
   * @return names and types of the features, in the order of their declaration
   */
  public FeatureSchema schema() {
    return settings.schema();
  }

  /**
   * Creates an operator without state.
   *
   * @param <K> the keys
   * @return a new operator
   */
  public <K> FeatureOperator<K, E> operator() {
    return new FeatureOperator<>(engine());
  }

  /**
   * Creates a stage of a chain, in which each stage adds the features of one key of the event. It
   * takes a row of the stage before, reads its event, and emits the row with the features of this
   * set after those of the row. The first stage takes {@link FeatureRow#of}.
   *
   * <p>An event that is not to be answered is not emitted, so that the next stage does not learn
   * from it: only the last stage of a chain should restrict {@link Builder#answering}. A row of
   * another schema is rejected.
   *
   * @param before the schema of the rows of the stage before; empty for the first stage
   * @param <K> the keys
   * @return a new processor, of the counters and the saved form of {@link #operator}
   * @throws IllegalArgumentException if both schemas have a feature of one name
   */
  public <K> Processor<K, FeatureRow<E>, FeatureRow<E>> append(FeatureSchema before) {
    return new AppendOperator<>(engine(), before);
  }

  /** Creates an engine without state. */
  <K> FeatureEngine<K, E> engine() {
    return new FeatureEngine<>(settings);
  }

  /**
   * Builder of a set of features.
   *
   * @param <E> the events
   */
  public static final class Builder<E> {
    private final String name;
    private final Map<String, FeatureSpec<E>> features = new LinkedHashMap<>();
    private Predicate<? super E> answering;
    private long lateness = LATENESS.toMillis();
    private Duration idle;
    private int maxKeys = Integer.MAX_VALUE;

    private Builder(String name) {
      this.name = name;
    }

    /**
     * Sets the events that are answered with a vector. The others are only counted by features. The
     * default answers every event.
     *
     * @param events accepts an event that is to be answered; an exception rejects the event
     * @return this builder
     */
    public Builder<E> answering(Predicate<? super E> events) {
      answering = requireNonNull(events, "events");
      return this;
    }

    /**
     * Begins the definition of the next feature.
     *
     * @param name its name, not blank and not yet in the set
     * @return the definition, to be completed by a statistic
     * @throws IllegalArgumentException if the name is blank or was given before
     */
    public FeatureDefinition<E> feature(String name) {
      if (requireNonNull(name, "name").isBlank()) {
        throw new IllegalArgumentException("name of a feature must not be blank: \"" + name + '"');
      }
      if (features.containsKey(name)) {
        throw new IllegalArgumentException(
            "names of features must be different; rename one: " + name);
      }
      return new FeatureDefinition<>(this, name);
    }

    /** Adds a feature. */
    Builder<E> add(FeatureSpec<E> feature) {
      if (features.putIfAbsent(feature.name(), feature) != null) {
        throw new IllegalArgumentException(
            "names of features must be different; rename one: " + feature.name());
      }
      return this;
    }

    /**
     * Returns the position of a feature that was declared before.
     *
     * @throws IllegalArgumentException if there is no such number
     */
    int index(String feature) {
      int index = List.copyOf(features.keySet()).indexOf(requireNonNull(feature, "feature"));
      if (index < 0 || features.get(feature).feature().type() != FeatureType.NUMBER) {
        throw new IllegalArgumentException(
            "feature must be a number that is declared before, one of "
                + features.keySet()
                + ": "
                + feature);
      }
      return index;
    }

    /**
     * Returns the horizon of a feature that was declared before, in milliseconds; {@link
     * FeatureSpec#UNBOUNDED}.
     */
    long horizon(int index) {
      return List.copyOf(features.values()).get(index).horizon();
    }

    /**
     * Sets the lateness: the largest disorder of the events of a key that is admitted. The events
     * of exact windows are kept so much longer.
     *
     * @param lateness in whole milliseconds, not negative; by default a minute
     * @return this builder
     * @throws IllegalArgumentException if it is negative or no whole number of milliseconds
     */
    public Builder<E> lateness(Duration lateness) {
      this.lateness = Milliseconds.notNegative("lateness", lateness);
      return this;
    }

    /**
     * Sets the time after its newest event at which a key is forgotten. It is required if an event
     * has an effect on a feature for ever, and is extended to the longest window.
     *
     * @param idle in whole milliseconds, positive; {@link KeyedState#FOREVER} keeps every key
     * @return this builder
     * @throws IllegalArgumentException if it is not positive or no whole number of milliseconds
     */
    public Builder<E> idle(Duration idle) {
      if (!idle.equals(KeyedState.FOREVER)) {
        Milliseconds.positive("idle", idle);
      }
      this.idle = idle;
      return this;
    }

    /**
     * Sets the greatest number of keys at one time. An event of a further key is rejected.
     *
     * @param maxKeys the bound, positive; by default unbounded
     * @return this builder
     * @throws IllegalArgumentException if it is not positive
     */
    public Builder<E> maxKeys(int maxKeys) {
      if (maxKeys <= 0) {
        throw new IllegalArgumentException("maxKeys must be positive: " + maxKeys);
      }
      this.maxKeys = maxKeys;
      return this;
    }

    /**
     * Creates the set.
     *
     * @return an immutable set
     * @throws IllegalArgumentException if there is no feature
     * @throws IllegalStateException if an idle time is required but not set
     */
    public FeatureSet<E> build() {
      if (features.isEmpty()) {
        throw new IllegalArgumentException("a set must have a feature: " + name);
      }
      List<FeatureSpec<E>> specs = List.copyOf(features.values());
      FeatureSchema schema =
          FeatureSchema.of(new ArrayList<>(specs.stream().map(FeatureSpec::feature).toList()));
      return new FeatureSet<>(
          name,
          new FeatureEngine.Settings<>(schema, specs, answering, lateness, memory(), maxKeys));
    }

    private long memory() {
      long memory =
          idle == null ? 1 : idle.equals(KeyedState.FOREVER) ? Long.MAX_VALUE : idle.toMillis();
      for (FeatureSpec<E> feature : features.values()) {
        if (feature.horizon() == FeatureSpec.UNBOUNDED && idle == null) {
          throw new IllegalStateException(
              "the state of a key would never expire; set idle, or KeyedState.FOREVER, since"
                  + " events have an effect for ever on feature "
                  + feature.name());
        }
        memory = Math.max(memory, feature.horizon());
      }
      return memory;
    }
  }
}
