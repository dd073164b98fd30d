package io.thalweg.anomaly;

import static java.util.Objects.requireNonNull;

import io.thalweg.Codec;
import io.thalweg.Counters;
import io.thalweg.FailStop;
import io.thalweg.KeyedState;
import io.thalweg.Operator;
import io.thalweg.Output;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import io.thalweg.Timers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ObjLongConsumer;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * Processor that runs a detector for each key, answers every reading with a {@link Score}, and
 * emits an {@link Incident} when one opens, rises or closes.
 *
 * <pre>{@code
 * Processor<String, Reading, Detection> detection =
 *     AnomalyDetection.of(Detectors.decayedZ(0.01), Reading::value).build();
 * }</pre>
 *
 * <p>For each reading the {@link Detector} of its key gives a score, {@link TailProbability} the
 * probability of such a score by the past of the series, and {@link AlertPolicy} the decision. Then
 * the value is learnt, unless the policy excludes it. The calibration learns the score of an
 * excluded value as well, unless its incident has lasted for more than 10 readings: it would
 * otherwise never see the scores whose share it is to estimate. The policy's rate is the only
 * parameter that most users set.
 *
 * <p>Two more kinds of incident need no score. A series is <i>stuck</i> if its value stays the same
 * for more than 3 times the longest recent run of equal values, and for at least 21 readings. It is
 * <i>silent</i> if the watermark has passed the time of its last reading by 3 times the longest
 * recent interval between readings; the incident is emitted while the series is silent. Both are
 * known after {@value #MIN_RUNS} runs or intervals. A run or interval that was an incident is no
 * longest one, unless there are more than 3 in 1,000.
 *
 * <p>A value that is NaN or infinite is answered with {@link Score.Status#NOT_FINITE}, counted and
 * not learnt. A reading with a timestamp below the last one of its key is late: the processor is
 * sensitive to order, and an engine puts {@link io.thalweg.Ordered} before it. Equal timestamps are
 * no duplicates. The state of a key expires after an idle time.
 *
 * <p>Cost: that of the detector and about 0.1 µs; nothing is allocated for a reading with {@link
 * Builder#incidentsOnly}. A {@link Score} takes 80 bytes, and 0.1 to 0.2 µs for its range. Memory
 * of a key: that of the detector and 3.7 kB. Not thread-safe.
 *
 * @param <K> the keys
 * @param <E> the events
 */
public final class AnomalyDetection<K, E> extends Operator<K, E, Detection> {

  /** The default of {@link Builder#idle}: two weeks. */
  public static final Duration IDLE = Duration.ofDays(14);

  /** The number of runs or intervals that are learnt before one can be too long. */
  public static final int MIN_RUNS = RunLengths.MIN_LENGTHS;

  private record OperatorState(long watermark, Counters counters) {}

  private final ToDoubleFunction<? super E> field;
  private final AlertPolicy policy;
  private final boolean emitsScores;
  private final boolean watchesSilence;
  private final boolean watchesRuns;
  private final KeyedState<K, Series> states;
  private final Timers<KeyedState.Entry<K, Series>> dueTimers = new Timers<>(Long.MIN_VALUE);
  private final ExpectedRange range = new ExpectedRange();
  private final Counters counters = new Counters();
  private final Counters.Counter judged = counters.add("judged");
  private final Counters.Counter notJudged = counters.add("notJudged");
  private final Counters.Counter notFinite = counters.add("notFinite");
  private final Counters.Counter anomalous = counters.add("anomalous");
  private final Counters.Counter incidents = counters.add("incidents");
  private final Counters.Counter late = counters.add("late");
  private final Counters.Counter rejected = counters.add("rejected");
  private final Counters.Counter backwardAdvances = counters.add("backwardAdvances");
  private final Codec<OperatorState> codec =
      Codec.of(
          "thalweg.anomalydetection",
          (value, out) -> {
            out.writeLong(value.watermark);
            value.counters.write(out);
          },
          in -> new OperatorState(in.readLong(), counters.read(in)));
  private long watermark = Long.MIN_VALUE;

  private AnomalyDetection(Builder<?> builder, SeriesInput<? super E> input) {
    field = input.field();
    policy = builder.policy;
    emitsScores = builder.emitsScores;
    watchesSilence = builder.watchesSilence;
    watchesRuns = builder.watchesRuns;
    states =
        new KeyedState<>(
            () -> new Series(input.spec(), builder.policy),
            KeyedState.format(Series.codec(input.spec(), builder.policy)),
            builder.idle,
            builder.maxKeys);
  }

  /**
   * Returns a builder.
   *
   * @param detector the detector of each series
   * @param field reads the value of an event; an exception rejects the event
   * @param <E> the events
   * @return a builder with the standard policy
   */
  public static <E> Builder<E> of(DetectorSpec detector, ToDoubleFunction<? super E> field) {
    SeriesInput<E> input =
        new SeriesInput<>(requireNonNull(detector, "detector"), requireNonNull(field, "field"));
    return new Builder<>(() -> input);
  }

  /**
   * Returns a builder for a detector of vectors, such as the readings of several sensors:
   *
   * <pre>{@code
   * AnomalyDetection.of(Detectors.mahalanobis(0.005), Reading::pressure, Reading::flow).build();
   * }</pre>
   *
   * <p>A vector has the values of all fields. The value in a {@link Score} or an {@link Incident}
   * is that of the first field; there is no expected range, so a policy ignores no deviation. A
   * vector with a value that is not finite is answered with {@link Score.Status#NOT_FINITE}. The
   * series is stuck if the first field is.
   *
   * @param detector the detector of each series
   * @param fields read the values of an event, at least one; an exception rejects the event
   * @param <E> the events
   * @return a builder with the standard policy
   * @throws IllegalArgumentException if there is no field
   */
  @SafeVarargs
  public static <E> Builder<E> of(
      VectorDetectorSpec detector, ToDoubleFunction<? super E>... fields) {
    requireNonNull(detector, "detector");
    List<ToDoubleFunction<? super E>> list = new ArrayList<>();
    for (ToDoubleFunction<? super E> field : fields) {
      list.add(requireNonNull(field, "field"));
    }
    if (list.isEmpty()) {
      throw new IllegalArgumentException("a vector needs at least one field");
    }
    return new Builder<>(() -> SeriesInput.ofVectors(detector, list));
  }

  /**
   * Builder of the processor.
   *
   * @param <E> the events
   */
  public static final class Builder<E> {
    private final Supplier<SeriesInput<E>> input;
    private AlertPolicy policy = AlertPolicy.standard();
    private boolean emitsScores = true;
    private boolean watchesSilence = true;
    private boolean watchesRuns = true;
    private Duration idle = IDLE;
    private int maxKeys = Integer.MAX_VALUE;

    private Builder(Supplier<SeriesInput<E>> input) {
      this.input = input;
    }

    /**
     * Sets the rate of false alerts, with the standard policy otherwise.
     *
     * @param rate the share of ordinary readings that are anomalous by chance, such as 1e-4
     * @return this builder
     * @throws IllegalArgumentException if it is not between 0 and 1
     */
    public Builder<E> rate(double rate) {
      return policy(AlertPolicy.rate(rate).build());
    }

    /**
     * Sets the policy.
     *
     * @param policy decides about anomalous readings and incidents
     * @return this builder
     */
    public Builder<E> policy(AlertPolicy policy) {
      this.policy = requireNonNull(policy, "policy");
      return this;
    }

    /**
     * Emits incidents only, no scores.
     *
     * @return this builder
     */
    public Builder<E> incidentsOnly() {
      emitsScores = false;
      return this;
    }

    /**
     * Opens no incident for silence.
     *
     * @return this builder
     */
    public Builder<E> withoutSilence() {
      watchesSilence = false;
      return this;
    }

    /**
     * Opens no incident for values that stay the same.
     *
     * @return this builder
     */
    public Builder<E> withoutStuck() {
      watchesRuns = false;
      return this;
    }

    /**
     * Sets the time after its last reading at which the state of a key expires.
     *
     * @param idle in whole milliseconds, positive; by default two weeks
     * @return this builder
     */
    public Builder<E> idle(Duration idle) {
      this.idle = requireNonNull(idle, "idle");
      return this;
    }

    /**
     * Sets the greatest number of keys at one time. An event of a further key is rejected.
     *
     * @param maxKeys the bound, positive; by default unbounded
     * @return this builder
     */
    public Builder<E> maxKeys(int maxKeys) {
      this.maxKeys = maxKeys;
      return this;
    }

    /**
     * Creates the processor. The type of the variable or parameter that receives it fixes the type
     * of the keys; see {@link #build(Class)}.
     *
     * @param <K> the keys
     * @param <F> the events, of the type that the field reads or a subtype
     * @return a processor without state
     * @throws IllegalArgumentException if the idle time or the number of keys is not positive
     */
    public <K, F extends E> AnomalyDetection<K, F> build() {
      return new AnomalyDetection<>(this, input.get());
    }

    /**
     * Creates the processor for keys of a class.
     *
     * @param keys the class of the keys
     * @param <K> the keys
     * @param <F> the events, of the type that the field reads or a subtype
     * @return a processor without state
     * @throws IllegalArgumentException as {@link #build()}
     */
    public <K, F extends E> AnomalyDetection<K, F> build(Class<K> keys) {
      requireNonNull(keys, "keys");
      return build();
    }
  }

  @Override
  protected void apply(K key, E event, long timestamp, Output<K, Detection> out) {
    double value;
    try {
      value = field.applyAsDouble(event);
    } catch (RuntimeException e) {
      reject(key, event, timestamp, FailStop.reason(key, e), out);
      return;
    }
    if (timestamp == Long.MIN_VALUE || timestamp == Long.MAX_VALUE) {
      reject(key, event, timestamp, "timestamp is reserved: " + timestamp, out);
      return;
    }
    KeyedState.Entry<K, Series> entry = states.entry(key);
    if (states.expiry(timestamp) <= watermark
        || entry != null && timestamp < entry.state().lastTime()) {
      late.increment();
      out.late(key, event, timestamp, watermark);
      return;
    }
    if (entry == null) {
      if (states.isFull()) {
        reject(key, event, timestamp, "at most " + states.size() + " keys are held: " + key, out);
        return;
      }
      entry = states.create(key, timestamp);
    }
    states.update(entry, timestamp);
    add(key, entry, value, timestamp, out);
  }

  private void reject(K key, E event, long timestamp, String reason, Output<K, Detection> out) {
    rejected.increment();
    out.reject(key, event, timestamp, reason);
  }

  private void add(
      K key,
      KeyedState.Entry<K, Series> entry,
      double value,
      long timestamp,
      Output<K, Detection> out) {
    Series series = entry.state();
    boolean endsSilence = watchesSilence && endSilence(key, series, timestamp, out);
    series.addTime(timestamp, endsSilence);
    if (watchesSilence) {
      startTimer(entry);
    }
    series.addRecent(value);
    range.clear();
    if (!Double.isFinite(value)) {
      notFinite.increment();
      emit(key, timestamp, value, Double.NaN, Double.NaN, Score.Status.NOT_FINITE, false, out);
      return;
    }
    if (watchesRuns) {
      watchRun(key, series, value, timestamp, out);
    }
    score(key, series, value, timestamp, out);
  }

  private void score(K key, Series series, double value, long timestamp, Output<K, Detection> out) {
    double score = series.detector.score(value, timestamp);
    double statistic = series.detector.statistic(value, timestamp);
    TailProbability calibration = series.calibration();
    double probability = calibration.probability(statistic);
    boolean known = !Double.isNaN(probability);
    if (emitsScores || probability <= policy.rate() || series.incident.isOpen()) {
      series.detector.expect(timestamp, calibration.score(policy.rate()), range);
    }
    boolean isAnomalous = policy.isAnomalous(value, range.centre(), probability);
    (known ? judged : notJudged).increment();
    if (isAnomalous) {
      anomalous.increment();
    }
    Score.Status status =
        known
            ? Score.Status.JUDGED
            : Double.isNaN(score) ? Score.Status.LEARNING : Score.Status.CALIBRATING;
    emit(key, timestamp, value, score, probability, status, isAnomalous, out);
    if (known) {
      OpenIncident.Change change =
          series.incident.add(timestamp, value, score, probability, range, isAnomalous);
      if (change != OpenIncident.Change.NONE) {
        emit(key, series, change, timestamp, out);
      }
    }
    if (series.incident.learns(isAnomalous, probability)) {
      series.learn(value, timestamp, statistic);
    } else {
      boolean isFarOut =
          series.incident.isLong() || calibration.isOutlier(statistic, policy.rate());
      series.exclude(value, timestamp, isFarOut ? Double.NaN : statistic);
    }
  }

  private void emit(
      K key,
      long timestamp,
      double value,
      double score,
      double probability,
      Score.Status status,
      boolean isAnomalous,
      Output<K, Detection> out) {
    if (emitsScores) {
      out.emit(
          key,
          new Score(
              timestamp,
              value,
              score,
              probability,
              range.centre(),
              range.low(),
              range.high(),
              status,
              isAnomalous));
    }
  }

  private void emit(
      K key, Series series, OpenIncident.Change change, long timestamp, Output<K, Detection> out) {
    OpenIncident.Peak peak = series.incident.peak();
    Incident.State state =
        switch (change) {
          case OPENED -> Incident.State.OPENED;
          case UPDATED -> Incident.State.UPDATED;
          default -> Incident.State.CLOSED;
        };
    if (state == Incident.State.OPENED) {
      incidents.increment();
    }
    String rule = policy.closeAfter() + " ordinary readings in a row";
    out.emit(
        key,
        new Incident(
            Incident.Kind.VALUE,
            state,
            timestamp,
            series.incident.start(),
            series.incident.readings(),
            peak.time,
            peak.value,
            peak.score,
            peak.probability,
            peak.expected,
            peak.low,
            peak.high,
            state == Incident.State.CLOSED
                ? "values are ordinary again"
                : series.detector.evidence(peak.value, timestamp),
            state == Incident.State.CLOSED ? "closed by " + rule : "closes after " + rule,
            series.recent()));
  }

  private void watchRun(
      K key, Series series, double value, long timestamp, Output<K, Detection> out) {
    long run = series.run();
    long start = series.runStart();
    double before = series.lastValue();
    if (series.addToRun(value, timestamp)) {
      emitStuck(key, series, Incident.State.CLOSED, timestamp, start, run, before, out);
    } else if (!series.stuck && series.runIsTooLong()) {
      series.stuck = true;
      incidents.increment();
      emitStuck(key, series, Incident.State.OPENED, timestamp, start, series.run(), value, out);
    }
  }

  private void emitStuck(
      K key,
      Series series,
      Incident.State state,
      long timestamp,
      long start,
      long run,
      double value,
      Output<K, Detection> out) {
    boolean closed = state == Incident.State.CLOSED;
    out.emit(
        key,
        Incident.withoutScore(
            Incident.Kind.STUCK,
            state,
            timestamp,
            start,
            run,
            value,
            run
                + " equal readings of "
                + value
                + ", the longest run before was "
                + series.longestRun(),
            closed ? "closed by another value" : "closes at another value",
            series.recent()));
  }

  /**
   * Ends a silence at a reading, also one that no watermark has reported.
   *
   * @return true if there was one
   */
  private boolean endSilence(K key, Series series, long timestamp, Output<K, Detection> out) {
    if (!series.silent && series.due() < timestamp) {
      beginSilence(key, series, out);
    }
    if (!series.silent) {
      return false;
    }
    series.silent = false;
    emitSilence(key, series, Incident.State.CLOSED, timestamp, "closed by a reading", out);
    return true;
  }

  private void beginSilence(K key, Series series, Output<K, Detection> out) {
    series.silent = true;
    incidents.increment();
    emitSilence(
        key, series, Incident.State.OPENED, series.due(), "closes at the next reading", out);
  }

  private void emitSilence(
      K key,
      Series series,
      Incident.State state,
      long timestamp,
      String closing,
      Output<K, Detection> out) {
    long start = series.lastTime();
    List<Double> recent = series.recent();
    out.emit(
        key,
        Incident.withoutScore(
            Incident.Kind.SILENCE,
            state,
            timestamp,
            start,
            0,
            recent.get(recent.size() - 1),
            "no reading for "
                + Duration.ofMillis(timestamp - start)
                + ", the longest interval before was "
                + Duration.ofMillis(series.longestInterval()),
            closing,
            recent));
  }

  @Override
  protected void moveWatermark(long watermark, Output<K, Detection> out) {
    if (watermark < this.watermark) {
      backwardAdvances.increment();
    } else {
      this.watermark = watermark;
      dueTimers.advance(
          watermark, (deadline, entry) -> watchSilence(deadline, entry, watermark, out));
      states.expire(watermark, entry -> expire(entry, watermark, out));
    }
  }

  /** Starts a timer if there is none, or none early enough. */
  private void startTimer(KeyedState.Entry<K, Series> entry) {
    Series series = entry.state();
    long deadline = series.due();
    if (deadline < series.timer) {
      series.timer = deadline;
      dueTimers.add(deadline + 1, entry); // a reading at the deadline may still come
    }
  }

  private void watchSilence(
      long deadline, KeyedState.Entry<K, Series> entry, long watermark, Output<K, Detection> out) {
    Series series = entry.state();
    if (series.expired || deadline - 1 != series.timer) {
      return; // void
    }
    series.timer = Long.MAX_VALUE;
    if (series.silent) {
      return; // the next reading starts a timer
    }
    if (series.due() >= watermark) {
      startTimer(entry);
      return;
    }
    beginSilence(entry.key(), series, out);
    states.update(entry, series.lastTime()); // the state has changed, its expiry has not
  }

  private void expire(KeyedState.Entry<K, Series> entry, long watermark, Output<K, Detection> out) {
    Series series = entry.state();
    series.expired = true;
    if (series.silent) {
      emitSilence(
          entry.key(),
          series,
          Incident.State.CLOSED,
          watermark,
          "closed because the series has ended",
          out);
    }
  }

  @Override
  protected void write(StateWriter<K> to) {
    states.save(to);
    to.putOperatorState(operatorState());
  }

  @Override
  protected void writeChanges(StateWriter<K> to) {
    states.saveChanges(to);
    to.putOperatorState(operatorState());
  }

  @Override
  protected void markSaved() {
    states.startTrackingChanges();
  }

  private byte[] operatorState() {
    return codec.encode(new OperatorState(watermark, counters));
  }

  /** {@inheritDoc} The policy may differ from that of the saved processor, the detector may not. */
  @Override
  protected void read(StateReader<K> shard) {
    byte[] bytes = shard.operatorState();
    if (bytes == null) {
      FailStop.requireEmpty("thalweg.anomalydetection", shard);
      return;
    }
    OperatorState saved = codec.decode(bytes);
    List<KeyedState.Entry<K, Series>> restored = states.read(shard);
    watermark = // the last step that can fail
        FailStop.restoredWatermark(
            watermark, states.size() > 0, saved.watermark, !restored.isEmpty());
    states.addAll(restored);
    if (watchesSilence) {
      restored.forEach(this::startTimer);
    }
    if (shard.ownsCounters()) {
      counters.addAll(saved.counters);
    }
  }

  /**
   * Reports {@code offered}, {@code judged}, {@code notJudged}, {@code notFinite}, {@code late} and
   * {@code rejected} readings, {@code anomalous} readings and {@code incidents} so far, the number
   * of {@code keys}, and the {@code watermark}.
   */
  @Override
  public void counters(ObjLongConsumer<String> each) {
    each.accept(
        "offered",
        judged.value() + notJudged.value() + notFinite.value() + late.value() + rejected.value());
    counters.report(each);
    each.accept("keys", states.size());
    each.accept("watermark", watermark);
  }
}
