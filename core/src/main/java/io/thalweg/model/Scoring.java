package io.thalweg.model;

import static java.util.Objects.requireNonNull;

import io.thalweg.Codec;
import io.thalweg.Counters;
import io.thalweg.FailStop;
import io.thalweg.Milliseconds;
import io.thalweg.Operator;
import io.thalweg.Output;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import io.thalweg.feature.FeatureSchema;
import io.thalweg.feature.FeatureVector;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ObjLongConsumer;

/**
 * Scores rows of features with the model that is valid at the timestamp of the row. New models
 * arrive in the stream, as {@link ModelRelease}s.
 *
 * <pre>{@code
 * Scoring<String, Payment> scoring =
 *     Scoring.<Payment>builder(features.schema())
 *         .format("lightgbm", bytes -> TreeEnsemble.lightGbm(new String(bytes, UTF_8)))
 *         .initial("shipped", model)
 *         .fallback(0)
 *         .build();
 * }</pre>
 *
 * <p><b>Version.</b> A row at {@code t} is scored by the live release with the largest {@code
 * validFrom <= t}; of several with equal times, by the one with the largest version as text. The
 * time of arrival does not matter, provided that a release arrives before the watermark has passed
 * {@code validFrom}. So a replay scores each row with the same version, if rows wait for the
 * watermark as behind {@link io.thalweg.Ordered} and releases are on time.
 *
 * <p><b>Shadows.</b> A shadow release is scored beside the live one from its {@code validFrom} on,
 * until the next live release is valid. Several can be valid at once.
 *
 * <p><b>Refused releases.</b> A release is reported to {@link Output#reject} and counted, and the
 * others remain valid, if
 *
 * <ul>
 *   <li>its {@code validFrom} is not after the timestamp of its message, or is behind the
 *       watermark: rows may have been scored by the release before;
 *   <li>its version was released before;
 *   <li>its schema hash is not that of the rows;
 *   <li>its format is unknown, its loader throws, or its model has another number of features than
 *       the schema.
 * </ul>
 *
 * <p><b>Fallback.</b> Every row is answered. If no model is valid, or the model throws an exception
 * or returns NaN or an infinite number, the answer has the fallback as its score, and the {@link
 * Prediction.Status} that says why. An {@code Error} propagates and ends the operator: see {@link
 * FailStop}.
 *
 * <p><b>Closed models.</b> Once the watermark less the lateness has reached the {@code validFrom}
 * of a live release, those before it are removed, and closed if they are {@code AutoCloseable}. A
 * row whose model was removed is late. Behind {@code Ordered} no row is.
 *
 * <p><b>State.</b> The releases that are held, with their bytes, the names of all versions, the
 * watermark and the counters; no state of keys. They are saved again if a release comes or is
 * removed. Every shard has the same releases: {@link #acceptsBroadcast}. A restored release is
 * loaded when a row needs it.
 *
 * <p>Cost: that of the model, and about 100 bytes for the answer. TEXT features are NaN in the row
 * of the model. A release is loaded by the thread that processes it. Not thread-safe.
 *
 * @param <K> the keys
 * @param <E> the events of the rows
 */
public final class Scoring<K, E> extends Operator<K, ScoringInput<E>, Prediction<E>> {

  private static final String RELEASES = "releases";

  private record OperatorState(long schemaHash, long watermark, long heldFrom, Counters counters) {}

  private final FeatureSchema schema;
  private final ModelVersions versions;
  private final double fallback;
  private final long lateness;
  private final double[] row;
  private long watermark = Long.MIN_VALUE;

  private final Counters counters = new Counters();
  private final Counters.Counter scored = counters.add("scored");
  private final Counters.Counter noModel = counters.add("noModel");
  private final Counters.Counter failed = counters.add("failed");
  private final Counters.Counter notFinite = counters.add("notFinite");
  private final Counters.Counter late = counters.add("late");
  private final Counters.Counter rejected = counters.add("rejected");
  private final Counters.Counter released = counters.add("released");
  private final Counters.Counter refused = counters.add("refused");
  private final Counters.Counter shadowFailed = counters.add("shadowFailed");
  private final Counters.Counter closeFailed = counters.add("closeFailed");
  private final Counters.Counter backwardAdvances = counters.add("backwardAdvances");
  private final Codec<OperatorState> codec =
      Codec.of(
          "thalweg.model.scoring",
          (value, out) -> {
            out.writeLong(value.schemaHash);
            out.writeLong(value.watermark);
            out.writeLong(value.heldFrom);
            value.counters.write(out);
          },
          in -> new OperatorState(in.readLong(), in.readLong(), in.readLong(), counters.read(in)));

  private Scoring(Builder<E> builder) {
    schema = builder.schema;
    versions = new ModelVersions(schema, builder.formats, builder.initialVersion, builder.initial);
    fallback = builder.fallback;
    lateness = builder.lateness;
    row = new double[schema.size()];
  }

  /**
   * Returns a builder of a scoring of rows.
   *
   * @param schema the schema of the rows
   * @param <E> the events of the rows
   * @return a builder without formats, initial model and fallback, and with a lateness of a minute
   */
  public static <E> Builder<E> builder(FeatureSchema schema) {
    return new Builder<>(requireNonNull(schema, "schema"));
  }

  /**
   * Builder of a scoring.
   *
   * @param <E> the events of the rows
   */
  public static final class Builder<E> {
    private final FeatureSchema schema;
    private final Map<String, Function<byte[], ? extends Model>> formats = new TreeMap<>();
    private String initialVersion = "";
    private Model initial;
    private double fallback = Double.NaN;
    private long lateness = 60_000;

    private Builder(FeatureSchema schema) {
      this.schema = schema;
    }

    /**
     * Adds a format in which models are released.
     *
     * @param name the name of the format in a release
     * @param loader reads a model; a release for which it throws is refused
     * @return this builder
     * @throws IllegalArgumentException if there is a format of this name
     */
    public Builder<E> format(String name, Function<byte[], ? extends Model> loader) {
      requireNonNull(loader, "loader");
      if (formats.putIfAbsent(name, loader) != null) {
        throw new IllegalArgumentException("names of formats must differ: " + name);
      }
      return this;
    }

    /**
     * Sets the model that is valid before the first live release. It is part of the program, not of
     * the saved state. The default is none: these rows are answered with the fallback.
     *
     * @param version the name of its version
     * @param model the model
     * @return this builder
     * @throws IllegalArgumentException if the model has another number of features than the schema
     */
    public Builder<E> initial(String version, Model model) {
      String refusal = ModelVersions.refusal(schema, model);
      if (refusal != null) {
        throw new IllegalArgumentException(refusal);
      }
      initialVersion = requireNonNull(version, "version");
      initial = model;
      return this;
    }

    /**
     * Sets the score of a row that no model has scored. Required.
     *
     * @param score a finite number
     * @return this builder
     * @throws IllegalArgumentException if it is not finite
     */
    public Builder<E> fallback(double score) {
      if (!Double.isFinite(score)) {
        throw new IllegalArgumentException("fallback must be finite: " + score);
      }
      fallback = score;
      return this;
    }

    /**
     * Sets the time by which a row may be behind the watermark and still find its model. The
     * default is one minute.
     *
     * @param lateness in whole milliseconds, not negative
     * @return this builder
     * @throws IllegalArgumentException if it is negative
     */
    public Builder<E> lateness(Duration lateness) {
      this.lateness = Milliseconds.notNegative("lateness", lateness);
      return this;
    }

    /**
     * Creates the operator.
     *
     * @param <K> the keys
     * @return an operator without releases
     * @throws IllegalStateException if there is no fallback
     */
    public <K> Scoring<K, E> build() {
      if (Double.isNaN(fallback)) {
        throw new IllegalStateException("fallback must be set: call fallback(score)");
      }
      return new Scoring<>(this);
    }
  }

  @Override
  protected void apply(K key, ScoringInput<E> input, long timestamp, Output<K, Prediction<E>> out) {
    if (input instanceof ScoringInput.Row<E> scoringRow) {
      score(key, scoringRow, timestamp, out);
    } else {
      ModelRelease release = ((ScoringInput.Release<E>) input).release();
      String refusal = versions.add(release, timestamp, watermark);
      if (refusal == null) {
        released.increment();
      } else {
        refused.increment();
        out.reject(
            key, input, timestamp, "release of version " + release.version() + ": " + refusal);
      }
    }
  }

  private void score(
      K key, ScoringInput.Row<E> input, long timestamp, Output<K, Prediction<E>> out) {
    FeatureVector vector = input.row().vector();
    if (timestamp == Long.MIN_VALUE || timestamp == Long.MAX_VALUE) {
      rejected.increment();
      out.reject(key, input, timestamp, "timestamp is reserved: " + timestamp);
    } else if (vector.schema().hash() != schema.hash()) {
      rejected.increment();
      out.reject(
          key,
          input,
          timestamp,
          "row must have the schema of the scoring, hash %016x: %016x"
              .formatted(schema.hash(), vector.schema().hash()));
    } else if (timestamp < versions.heldFrom()) {
      late.increment();
      out.late(key, input, timestamp, watermark);
    } else {
      out.emit(key, predict(input, timestamp));
    }
  }

  private Prediction<E> predict(ScoringInput.Row<E> input, long timestamp) {
    input.row().vector().copyNumbers(row);
    Map<String, Double> shadows = Map.of();
    for (int i = versions.count() - 1; i >= 0; i--) {
      ModelVersions.Version version = versions.get(i);
      if (version.validFrom > timestamp) {
        continue;
      }
      if (!version.shadow) {
        return live(input, version, shadows);
      }
      shadows = shadows.isEmpty() ? new TreeMap<>() : shadows;
      shadows.put(version.name, shadow(version));
    }
    noModel.increment();
    return new Prediction<>(input.row(), fallback, "", Prediction.Status.NO_MODEL, shadows);
  }

  private Prediction<E> live(
      ScoringInput.Row<E> input, ModelVersions.Version version, Map<String, Double> shadows) {
    Model model = versions.model(version);
    double score = fallback;
    Prediction.Status status;
    try {
      score = model.score(row);
      status = Double.isFinite(score) ? Prediction.Status.SCORED : Prediction.Status.NOT_FINITE;
    } catch (RuntimeException e) {
      status = Prediction.Status.FAILED;
    }
    switch (status) {
      case SCORED -> scored.increment();
      case FAILED -> failed.increment();
      default -> {
        notFinite.increment();
        score = fallback;
      }
    }
    return new Prediction<>(input.row(), score, version.name, status, shadows);
  }

  /** Returns the prediction of a shadow; NaN if it throws or is not finite. */
  private double shadow(ModelVersions.Version version) {
    Model model = versions.model(version);
    double score = Double.NaN;
    try {
      score = model.score(row);
    } catch (RuntimeException e) {
      // counted below
    }
    if (!Double.isFinite(score)) {
      shadowFailed.increment();
      score = Double.NaN;
    }
    return score;
  }

  @Override
  protected void moveWatermark(long watermark, Output<K, Prediction<E>> out) {
    if (watermark < this.watermark) {
      backwardAdvances.increment();
      return;
    }
    this.watermark = watermark;
    versions.removeReplaced(Milliseconds.minus(watermark, lateness), closeFailed);
  }

  /**
   * Returns true: each task needs every release, and has it in its operator state.
   *
   * @return true
   */
  @Override
  public boolean acceptsBroadcast() {
    return true;
  }

  @Override
  protected void write(StateWriter<K> to) {
    to.scope(RELEASES).putOperatorState(versions.encode());
    to.putOperatorState(operatorState());
  }

  @Override
  protected void writeChanges(StateWriter<K> to) {
    if (versions.changed()) {
      to.scope(RELEASES).putOperatorState(versions.encode());
    }
    to.putOperatorState(operatorState());
    versions.markSaved();
  }

  @Override
  protected void markSaved() {
    versions.markSaved();
  }

  private byte[] operatorState() {
    return codec.encode(new OperatorState(schema.hash(), watermark, versions.heldFrom(), counters));
  }

  @Override
  protected void read(StateReader<K> shard) {
    byte[] bytes = shard.operatorState();
    if (bytes == null) {
      FailStop.requireEmpty("thalweg.model.scoring", shard);
      return;
    }
    OperatorState saved = codec.decode(bytes);
    if (saved.schemaHash != schema.hash()) {
      throw new IllegalArgumentException(
          "the schema must be as saved; keep it, or start the operator without the saved state: saved %016x, now %016x"
              .formatted(saved.schemaHash, schema.hash()));
    }
    byte[] releases = shard.scope(RELEASES).operatorState();
    if (releases == null) {
      throw new IllegalArgumentException(
          "thalweg.model.scoring: damaged state: it has no releases");
    }
    versions.restore(releases, saved.heldFrom);
    watermark = FailStop.restoredWatermark(watermark, false, saved.watermark, false);
    if (shard.ownsCounters()) {
      counters.addAll(saved.counters);
    }
  }

  /**
   * Reports the rows that were {@code offered}, of which {@code scored}, {@code noModel}, {@code
   * failed}, {@code notFinite}, {@code late} and {@code rejected}; the {@code released} and {@code
   * refused} releases; the calls of shadows and of close that failed; the number of {@code models}
   * held, and the {@code watermark}. Each task that receives a release counts it.
   */
  @Override
  public void counters(ObjLongConsumer<String> each) {
    each.accept(
        "offered",
        scored.value()
            + noModel.value()
            + failed.value()
            + notFinite.value()
            + late.value()
            + rejected.value());
    counters.report(each);
    each.accept("models", versions.count());
    each.accept("watermark", watermark);
  }
}
