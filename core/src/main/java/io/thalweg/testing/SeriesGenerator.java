package io.thalweg.testing;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Endless series of one {@link Background} with labelled anomalies of one {@link Kind}, for tests
 * of detectors: in the manner of GutenTAG (Wenig, Schmidl, Papenbrock 2022, <a
 * href="https://doi.org/10.14778/3554821.3554873">doi:10.14778/3554821.3554873</a>).
 *
 * <p>A cursor: {@link #next} moves to the next reading. Readings are 5 minutes apart; the first is
 * at the midnight of Monday, 2024-01-01, UTC. A series is a function of its arguments: it has the
 * same bits on every JDK. O(1) a reading in time and memory, without allocation. Not thread-safe.
 */
public final class SeriesGenerator {

  /** The interval of the readings in milliseconds. */
  public static final long INTERVAL = 300_000;

  /** The number of readings in a day. */
  public static final int DAY = 288;

  private static final long START = 1_704_067_200_000L;
  private static final int JOB_FIRST = 24;
  private static final int JOB_ROWS = 12;

  /** The process without anomalies. */
  public enum Background {
    /** Independent normal values: mean 100, standard deviation 5. */
    GAUSSIAN(100, 5),
    /** Independent values of Student's t with 3 degrees of freedom, times 5, around 100. */
    HEAVY_TAILED(100, 5 * StrictMath.sqrt(3)),
    /** Normal noise of standard deviation 5 on a daily sine of amplitude 50 around 100. */
    DAILY(100, 5),
    /** Normal noise of standard deviation 2 around 20, and 80 from 2 to 3 o'clock: a daily job. */
    DAILY_JOB(20, 2),
    /** Normal noise of standard deviation 5 on a line that begins at 100 and rises 5 a day. */
    TREND(100, 5),
    /** An AR(1) process around 100: coefficient 0.9, innovations of standard deviation 5. */
    AR1(100, 5 / StrictMath.sqrt(1 - 0.81)),
    /** An AR(2) process around 100: coefficients 1.5 and -0.75, so that it oscillates. */
    AR2(100, 5 * StrictMath.sqrt(1.75 / (0.25 * (1.75 * 1.75 - 1.5 * 1.5)))),
    /** Poisson counts with mean 20. */
    COUNTS(20, StrictMath.sqrt(20)),
    /** 0 in 90 % of the readings, else 1 plus a Poisson count with mean 1: an idle metric. */
    ZERO_INFLATED(0.2, StrictMath.sqrt(0.1 * 5 - 0.04)),
    /** A random walk from 100 in normal steps of standard deviation 5. */
    RANDOM_WALK(100, 5);

    private final double level;
    private final double scale;

    Background(double level, double scale) {
      this.level = level;
      this.scale = scale;
    }

    /**
     * Returns the unit of the strength of anomalies.
     *
     * @return the standard deviation around season and trend; of a step of {@link #RANDOM_WALK}
     */
    public double scale() {
      return scale;
    }

    private boolean counts() {
      return this == COUNTS || this == ZERO_INFLATED;
    }
  }

  /**
   * The kinds of anomalies. {@code strength} is in units of the {@link Background#scale} unless a
   * kind documents another meaning.
   */
  public enum Kind {
    /** A rise by the strength. */
    SPIKE,
    /** A fall by the strength; counts end at 0. */
    DIP,
    /** A lasting change of the level by the strength, up and down in turns. */
    LEVEL_SHIFT,
    /** Deviations that are multiplied by the strength. */
    VARIANCE,
    /** A daily season that passes faster: the strength is the factor. */
    FREQUENCY,
    /** A ramp that rises by the strength and ends. */
    TREND,
    /** A constant value, the level plus the strength. */
    PLATFORM,
    /** A daily season that stays at its mean; the strength has no effect. */
    MISSING_PERIOD,
    /** A lasting displacement of the daily season: the strength is the fraction of a day. */
    PHASE_SHIFT,
    /** A daily job that does not run, for its whole hour; strength and length have no effect. */
    MISSING_PATTERN,
    /** A value near the mean, by the strength, at a peak or trough: odd for its phase alone. */
    CONTEXTUAL,
    /** A stuck sensor, which repeats its last value; the strength has no effect. */
    FLAT_LINE,
    /** Readings that are absent; the first one after them is labelled. */
    SILENCE;

    /**
     * Tests if the kind makes a difference on a background.
     *
     * @param background the background
     * @return false if its anomalies would look like the background
     */
    public boolean appliesTo(Background background) {
      return switch (this) {
        case FREQUENCY, MISSING_PERIOD, PHASE_SHIFT, CONTEXTUAL -> background == Background.DAILY;
        case MISSING_PATTERN -> background == Background.DAILY_JOB;
        case DIP, FLAT_LINE -> background != Background.ZERO_INFLATED;
        default -> true;
      };
    }
  }

  /**
   * A plan of anomalies.
   *
   * @param kind the kind
   * @param strength the strength, in the unit that the kind documents
   * @param length the number of readings that an anomaly lasts or is labelled, positive
   * @param first the number of readings before the first anomaly, not negative
   * @param spacing the least number of readings from the end of one anomaly to the start of the
   *     next, positive; the number is uniform up to twice that, and longer where a kind waits for
   *     its phase
   */
  public record Anomalies(Kind kind, double strength, int length, int first, int spacing) {

    /**
     * Creates a plan.
     *
     * @param kind the kind
     * @param strength the strength, finite
     * @param length the number of readings, positive
     * @param first the number of readings before the first anomaly, not negative
     * @param spacing the least distance of anomalies in readings, positive
     * @throws IllegalArgumentException if a number is out of its range
     */
    public Anomalies {
      requireNonNull(kind, "kind");
      if (!Double.isFinite(strength) || length <= 0 || first < 0 || spacing <= 0) {
        throw new IllegalArgumentException(
            "strength must be finite, length and spacing positive, first not negative: "
                + List.of(strength, length, spacing, first));
      }
    }
  }

  /**
   * A reading.
   *
   * @param timestamp the event time in milliseconds since the epoch
   * @param value the value
   * @param anomalous true if it is labelled as anomalous
   */
  public record Reading(long timestamp, double value, boolean anomalous) {}

  private final Background background;
  private final Anomalies anomalies; // null for none
  private final SplittableRandom random;
  private final SplittableRandom distances; // apart, so that the process is the same without any
  private final double[] poisson;

  // the process
  private long row = -1;
  private double phase = -1;
  private double latest; // deviations of AR and random walk
  private double secondLatest;
  private double spare = Double.NaN;

  // the anomalies
  private long nextStart = Long.MAX_VALUE;
  private long end;
  private int started;
  private double shift;
  private double held;

  private double value = Double.NaN;
  private boolean anomalous;

  private SeriesGenerator(Background background, Anomalies anomalies, long seed) {
    this.background = requireNonNull(background, "background");
    this.anomalies = anomalies;
    this.random = new SplittableRandom(seed);
    this.distances = new SplittableRandom(~seed);
    this.poisson = background.counts() ? cumulativePoisson(background) : null;
    if (anomalies != null) {
      if (!anomalies.kind.appliesTo(background)) {
        throw new IllegalArgumentException(
            anomalies.kind + " makes no difference on " + background + ": see Kind.appliesTo");
      }
      nextStart = anomalies.first;
    }
  }

  /**
   * Returns a series without anomalies, for rates of false alerts.
   *
   * @param background the process
   * @param seed the seed
   * @return a cursor before the first reading
   */
  public static SeriesGenerator of(Background background, long seed) {
    return new SeriesGenerator(background, null, seed);
  }

  /**
   * Returns a series with anomalies.
   *
   * @param background the process
   * @param anomalies the plan of the anomalies
   * @param seed the seed
   * @return a cursor before the first reading
   * @throws IllegalArgumentException if the kind does not apply to the background
   */
  public static SeriesGenerator of(Background background, Anomalies anomalies, long seed) {
    return new SeriesGenerator(background, requireNonNull(anomalies, "anomalies"), seed);
  }

  /** Moves to the next reading. */
  public void next() {
    row++;
    phase = (phase + 1) % DAY;
    anomalous = row < end;
    if (row >= nextStart && inPhase()) {
      start();
    }
    double level = level(phase);
    double deviation = deviation();
    double normal = level + shift + deviation;
    value = background.counts() ? Math.max(0, normal) : normal;
    if (anomalous) {
      double anomaly = anomaly(level, deviation);
      value = background.counts() ? Math.max(0, Math.rint(anomaly)) : anomaly;
    }
  }

  private boolean inPhase() {
    return switch (anomalies.kind) {
      case MISSING_PATTERN -> phase == JOB_FIRST;
      case CONTEXTUAL -> Math.abs(StrictMath.sin(2 * Math.PI * phase / DAY)) > 0.9;
      default -> true;
    };
  }

  private void start() {
    Kind kind = anomalies.kind;
    int length = kind == Kind.MISSING_PATTERN ? JOB_ROWS : anomalies.length;
    double strength = anomalies.strength * background.scale;
    switch (kind) {
      case LEVEL_SHIFT -> shift += started % 2 == 0 ? strength : -strength;
      case PHASE_SHIFT -> phase = (phase + anomalies.strength * DAY) % DAY;
      case PLATFORM -> held = level(phase) + strength;
      case FLAT_LINE -> held = row == 0 ? background.level : value;
      case SILENCE -> {
        row += length;
        phase = (phase + length) % DAY;
        length = 1;
      }
      default -> {}
    }
    started++;
    anomalous = true;
    end = row + length;
    nextStart = end + anomalies.spacing + (int) (uniform(distances) * (anomalies.spacing + 1));
  }

  private double anomaly(double level, double deviation) {
    double normal = level + shift + deviation;
    double strength = anomalies.strength * background.scale;
    return switch (anomalies.kind) {
      case SPIKE -> normal + strength;
      case DIP -> normal - strength;
      case VARIANCE -> level + deviation * anomalies.strength;
      case TREND -> normal + strength * (passed() + 1) / anomalies.length;
      case PLATFORM, FLAT_LINE -> held;
      case FREQUENCY -> level((phase + (anomalies.strength - 1) * passed()) % DAY) + deviation;
      case MISSING_PERIOD, MISSING_PATTERN -> background.level + deviation;
      case CONTEXTUAL -> normal + (level > background.level ? -strength : strength);
      case LEVEL_SHIFT, PHASE_SHIFT, SILENCE -> normal;
    };
  }

  /** Returns the number of readings since the start of the anomaly. */
  private long passed() {
    return anomalies.length - (end - row);
  }

  private double level(double phase) {
    return switch (background) {
      case DAILY -> 100 + 50 * StrictMath.sin(2 * Math.PI * phase / DAY);
      case DAILY_JOB -> phase >= JOB_FIRST && phase < JOB_FIRST + JOB_ROWS ? 80 : 20;
      case TREND -> 100 + 5.0 * row / DAY;
      default -> background.level;
    };
  }

  private double deviation() {
    double innovation = background.counts() ? Double.NaN : 5 * gaussian();
    switch (background) {
      case HEAVY_TAILED:
        double x = gaussian();
        double y = gaussian();
        double z = gaussian();
        return innovation / Math.sqrt((x * x + y * y + z * z) / 3);
      case DAILY_JOB:
        return innovation * 0.4;
      case AR1:
        return latest = 0.9 * latest + innovation;
      case AR2:
        double now = 1.5 * latest - 0.75 * secondLatest + innovation;
        secondLatest = latest;
        return latest = now;
      case RANDOM_WALK:
        return latest += innovation;
      case COUNTS:
        return poisson() - background.level;
      case ZERO_INFLATED:
        return (uniform() < 0.9 ? 0 : 1 + poisson()) - background.level;
      default:
        return innovation;
    }
  }

  private static double[] cumulativePoisson(Background background) {
    double mean = background == Background.COUNTS ? 20 : 1;
    double[] cumulative = new double[100];
    double probability = StrictMath.exp(-mean);
    double sum = 0;
    for (int k = 0; k < cumulative.length; k++) {
      sum += probability;
      cumulative[k] = sum;
      probability *= mean / (k + 1);
    }
    return cumulative;
  }

  private int poisson() {
    double uniform = uniform();
    int count = 0;
    while (count < poisson.length - 1 && uniform >= poisson[count]) {
      count++;
    }
    return count;
  }

  /** By the polar method: Marsaglia and Bray 1964, doi:10.1137/1006063. */
  private double gaussian() {
    if (!Double.isNaN(spare)) {
      double other = spare;
      spare = Double.NaN;
      return other;
    }
    double u;
    double v;
    double s;
    do {
      u = 2 * uniform() - 1;
      v = 2 * uniform() - 1;
      s = u * u + v * v;
    } while (s >= 1 || s == 0);
    double factor = Math.sqrt(-2 * StrictMath.log(s) / s);
    spare = v * factor;
    return u * factor;
  }

  private double uniform() {
    return uniform(random);
  }

  private static double uniform(SplittableRandom random) {
    return (random.nextLong() >>> 11) * 0x1p-53;
  }

  /**
   * Returns the event time of the reading.
   *
   * @return milliseconds since the epoch, a multiple of {@link #INTERVAL}
   */
  public long timestamp() {
    return START + row * INTERVAL;
  }

  /**
   * Returns the value of the reading.
   *
   * @return the value, finite; NaN before the first {@link #next}
   */
  public double value() {
    return value;
  }

  /**
   * Tests if the reading is labelled as anomalous.
   *
   * @return true from the start of an anomaly, for its length
   */
  public boolean anomalous() {
    return anomalous;
  }

  /**
   * Returns the next readings, in a list.
   *
   * @param n their number, not negative
   * @return a new list
   */
  public List<Reading> take(int n) {
    List<Reading> readings = new ArrayList<>(n);
    for (int i = 0; i < n; i++) {
      next();
      readings.add(new Reading(timestamp(), value, anomalous));
    }
    return readings;
  }
}
