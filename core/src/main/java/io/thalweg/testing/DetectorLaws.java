package io.thalweg.testing;

import static java.util.Objects.requireNonNull;

import io.thalweg.anomaly.Detector;
import io.thalweg.anomaly.DetectorSpec;
import io.thalweg.anomaly.ExpectedRange;
import io.thalweg.anomaly.VectorDetector;
import io.thalweg.anomaly.VectorDetectorSpec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;

/**
 * Checker of the laws of {@link Detector}, for detectors of the library and of users.
 *
 * <pre>{@code
 * DetectorLaws.of(Detectors.trailingZ(100)).memory(100).check(42);
 * }</pre>
 *
 * <p>The laws, by their names in the message of a failure:
 *
 * <dl>
 *   <dt>pure score
 *   <dd>score, expected range and evidence change no byte of the state, and give the same again.
 *   <dt>finite score
 *   <dd>no score is infinite, whatever the values; once a detector has judged, no score is NaN.
 *   <dt>restore
 *   <dd>a state that was read is written in the same bytes and gives the same scores afterwards,
 *       bit for bit.
 *   <dt>expected range
 *   <dd>beyond its ends each value has at least the statistic for which the range was asked, and
 *       the centre is within it.
 *   <dt>order
 *   <dd>beyond the range and all values so far, a score does not fall with the distance.
 *   <dt>damage
 *   <dd>bytes that end too early are refused with an {@link IOException}; altered bytes are
 *       refused, or give a detector with finite scores.
 *   <dt>recovery
 *   <dd>after any values, and then as many ordinary ones as the {@link #memory}, an outlier has a
 *       higher score than each of the last ordinary values.
 * </dl>
 *
 * <p>Values are drawn from all kinds: noise, constants, steps by one unit in the last place, rare
 * and huge ones up to {@code Double.MAX_VALUE}. Times advance by 0 to 2 minutes. All random choices
 * depend on the seed. A failure is an {@link AssertionError} that names the law, the seed and the
 * values.
 *
 * <p>Not thread-safe.
 */
public final class DetectorLaws {

  private static final double TOLERANCE = 1e-6;

  private static final int VALUES_IN_MESSAGE = 20;

  private static final int LAST = 20;

  /** The number of distances beyond the end of a range that are checked. */
  private static final int STEPS = 12;

  /** Ends beyond this are not checked. */
  private static final double HUGE = 1e140;

  private final DetectorSpec spec;
  private ToDoubleFunction<? super RandomGenerator> values;
  private long stepMillis = 60_000;
  private int memory;
  private int runs = 40;
  private int longest = 400;

  private DetectorLaws(DetectorSpec spec) {
    this.spec = requireNonNull(spec, "spec");
  }

  /**
   * Returns a checker for a detector.
   *
   * @param spec the detector
   * @return the laws; {@link #check} runs them
   */
  public static DetectorLaws of(DetectorSpec spec) {
    return new DetectorLaws(spec);
  }

  /**
   * Returns a checker for a detector of vectors. All values of a vector are functions of one that
   * is drawn. The laws of the expected range do not apply.
   *
   * @param spec the detector
   * @param dimension the number of values of a vector, positive
   * @return the laws; {@link #check} runs them
   */
  public static DetectorLaws of(VectorDetectorSpec spec, int dimension) {
    spec.newDetector(dimension); // fails here, not in the check
    return of(
        new DetectorSpec(spec.name(), () -> new OnVectors(spec.newDetector(dimension), dimension)));
  }

  /** Detector that makes vectors of values. */
  private record OnVectors(VectorDetector detector, int dimension) implements Detector {

    private double[] vector(double value) {
      double[] vector = new double[dimension];
      for (int i = 0; i < dimension; i++) {
        long bits = Double.doubleToLongBits(value) * (2 * i + 1);
        double noise = (bits >>> 20 & 0xff) / 256.0;
        vector[i] = i % 2 == 0 ? value : noise - value / 2;
      }
      return vector;
    }

    @Override
    public double score(double value, long timestamp) {
      return detector.score(vector(value), timestamp);
    }

    @Override
    public void learn(double value, long timestamp) {
      detector.learn(vector(value), timestamp);
    }

    @Override
    public void expect(long timestamp, double score, ExpectedRange range) {
      if (Double.isNaN(score(0, timestamp))) {
        range.clear();
      } else {
        range.set(0, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
      }
    }

    @Override
    public String evidence(double value, long timestamp) {
      return detector.evidence(vector(value), timestamp);
    }

    @Override
    public void write(DataOutput out) throws IOException {
      detector.write(out);
    }

    @Override
    public void read(DataInput in) throws IOException {
      detector.read(in);
    }
  }

  /**
   * Sets the number of ordinary values after which the detector has recovered from any others.
   * Without it, the law of recovery is not checked.
   *
   * @param values the number, positive
   * @return this
   * @throws IllegalArgumentException if it is not positive
   */
  public DetectorLaws memory(int values) {
    requirePositive("values", values);
    memory = values;
    return this;
  }

  /**
   * Sets the values, for a detector of few kinds of values. By default all kinds are drawn.
   *
   * @param values draws a finite value
   * @return this
   */
  public DetectorLaws values(ToDoubleFunction<? super RandomGenerator> values) {
    this.values = requireNonNull(values, "values");
    return this;
  }

  /**
   * Sets the mean interval between values.
   *
   * @param millis in milliseconds, positive; by default a minute
   * @return this
   * @throws IllegalArgumentException if it is not positive
   */
  public DetectorLaws interval(long millis) {
    requirePositive("millis", millis);
    stepMillis = millis;
    return this;
  }

  /**
   * Sets the number and length of the sequences. The default is 40 sequences of at most 400 values.
   *
   * @param runs the number of sequences
   * @param longest the maximum number of values in a sequence
   * @return this
   * @throws IllegalArgumentException if either is not positive
   */
  public DetectorLaws sequences(int runs, int longest) {
    requirePositive("runs", runs);
    requirePositive("longest", longest);
    this.runs = runs;
    this.longest = longest;
    return this;
  }

  private static void requirePositive(String name, long number) {
    if (number < 1) {
      throw new IllegalArgumentException(name + " must be positive: " + number);
    }
  }

  /**
   * Checks all laws.
   *
   * @param seed the seed of all random choices
   * @throws AssertionError if a law is broken; the message names it, the seed and the values
   */
  public void check(long seed) {
    SplittableRandom seeds = new SplittableRandom(seed);
    for (int run = 0; run < runs; run++) {
      new Run(seed, run, seeds.split()).check();
    }
  }

  private static byte[] bytes(Detector detector) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      detector.write(new DataOutputStream(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private Detector read(byte[] bytes) throws IOException {
    Detector detector = spec.newDetector();
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    detector.read(in);
    if (in.available() > 0) {
      throw new IOException(in.available() + " bytes were left");
    }
    return detector;
  }

  /** Check of all laws on one sequence of values. */
  private final class Run {

    private final long seed;
    private final int number;
    private final SplittableRandom random;
    private final double[] sequence;
    private final long[] times;
    private final int kind;
    private double last = 100;
    private int at;
    private String law = "";

    /** The extremes of the values learnt. */
    private double least = Double.POSITIVE_INFINITY;

    private double greatest = Double.NEGATIVE_INFINITY;

    Run(long seed, int number, SplittableRandom random) {
      this.seed = seed;
      this.number = number;
      this.random = random;
      kind = random.nextInt(6);
      int length = 1 + random.nextInt(longest);
      sequence = new double[length];
      times = new long[length];
      long time = random.nextLong(-1_000_000_000_000L, 2_000_000_000_000L);
      for (int i = 0; i < length; i++) {
        sequence[i] = last = values == null ? draw() : values.applyAsDouble(random);
        times[i] = time += random.nextLong(2 * stepMillis + 1);
      }
    }

    private double draw() {
      int choice = random.nextInt(40);
      return switch (kind) {
        case 0 -> 50 + random.nextGaussian();
        case 1 -> choice == 0 ? Math.nextUp(last) : last;
        case 2 -> choice < 30 ? 0 : choice < 39 ? 1 : 1e3 * random.nextDouble();
        case 3 -> random.nextGaussian() * Math.pow(10, random.nextInt(-12, 12));
        case 4 ->
            choice == 0
                ? (random.nextBoolean() ? 1 : -1) * Double.MAX_VALUE
                : choice == 1 ? Double.MIN_VALUE : 1e9 + random.nextInt(4);
        default -> Double.longBitsToDouble(random.nextLong() & ~(1L << 52)); // any finite
      };
    }

    void check() {
      try {
        Detector detector = spec.newDetector();
        Detector restored = restored(detector);
        boolean judged = false;
        for (at = 0; at < sequence.length; at++) {
          double value = sequence[at];
          long time = times[at];
          law = "finite score";
          double score = detector.score(value, time);
          require(!Double.isInfinite(score), () -> "the score is " + score);
          require(!(judged && Double.isNaN(score)), () -> "the score is NaN after others");
          judged |= !Double.isNaN(score);
          if (random.nextInt(8) == 0) {
            checkQueries(detector, value, time, score);
          }
          law = "restore";
          if (random.nextInt(40) == 0) {
            require(Arrays.equals(bytes(restored), bytes(detector)), () -> "the bytes differ");
            restored = restored(detector);
          }
          same("the score of a restored detector", restored.score(value, time), score);
          detector.learn(value, time);
          restored.learn(value, time);
          least = Math.min(least, value);
          greatest = Math.max(greatest, value);
        }
        at--;
        law = "damage";
        checkDamage(bytes(detector));
        law = "recovery";
        if (memory > 0 && number % 8 == 0) {
          checkRecovery(detector);
        }
      } catch (IOException | RuntimeException e) {
        throw new AssertionError(where() + ": " + e, e);
      }
    }

    private void checkQueries(Detector detector, double value, long time, double score) {
      law = "expected range";
      byte[] before = bytes(detector);
      ExpectedRange range = new ExpectedRange();
      if (!Double.isNaN(score)) {
        detector.expect(time, Double.NaN, range);
        require(
            range.low() == Double.NEGATIVE_INFINITY && range.high() == Double.POSITIVE_INFINITY,
            () -> "the range without a score must be unbounded");
        double statistic = detector.statistic(value, time);
        require(Double.isFinite(statistic), () -> "the statistic is " + statistic);
        double asked =
            random.nextBoolean() ? statistic : Math.abs(statistic) * 4 * random.nextDouble();
        detector.expect(time, asked, range);
        require(
            range.low() <= range.centre() && range.centre() <= range.high(),
            () -> "the centre must be within the range: " + range.centre());
        checkBeyond(detector, time, asked, range.high(), 1);
        checkBeyond(detector, time, asked, range.low(), -1);
        law = "order";
        checkOrder(detector, time, Math.max(range.high(), greatest), 1);
        checkOrder(detector, time, Math.min(range.low(), least), -1);
      } else {
        detector.expect(time, 1, range);
        require(Double.isNaN(range.centre()), () -> "a range without judgement: " + range.centre());
      }
      law = "pure score";
      if (!Double.isNaN(score)) {
        require(!detector.evidence(value, time).isBlank(), () -> "the evidence is empty");
      }
      same("the second score", detector.score(value, time), score);
      require(Arrays.equals(before, bytes(detector)), () -> "the state has changed");
    }

    /** Checks that values beyond an end of a range have the statistic for which it was asked. */
    private void checkBeyond(Detector detector, long time, double asked, double end, int side) {
      double lowest = asked - TOLERANCE * Math.max(Math.abs(asked), TOLERANCE);
      if (Math.abs(end) > HUGE) {
        return; // nothing finite is beyond
      }
      double step = 1e-7 * Math.max(Math.abs(end), 1e-6);
      for (int i = 0; i < STEPS; i++, step *= 30) {
        double statistic = detector.statistic(end + side * step, time);
        if (!(statistic >= lowest)) {
          fail(
              "the statistic at "
                  + step
                  + " beyond "
                  + end
                  + " is "
                  + statistic
                  + ", not "
                  + asked);
        }
      }
    }

    /** Checks that scores beyond an end do not fall with the distance. */
    private void checkOrder(Detector detector, long time, double end, int side) {
      double before = Double.NEGATIVE_INFINITY;
      if (Math.abs(end) > HUGE) {
        return; // nothing finite is beyond
      }
      double step = 1e-7 * Math.max(Math.abs(end), 1e-6);
      for (int i = 0; i < STEPS; i++, step *= 30) {
        double score = detector.score(end + side * step, time);
        if (!(score >= before - TOLERANCE * Math.abs(before))) {
          fail("the score at " + step + " beyond " + end + " is " + score + ", nearer " + before);
        }
        before = score;
      }
    }

    /** Returns a detector restored from the bytes of another one. */
    private Detector restored(Detector detector) throws IOException {
      byte[] written = bytes(detector);
      Detector restored = read(written);
      require(Arrays.equals(written, bytes(restored)), () -> "the bytes written again differ");
      return restored;
    }

    private void checkDamage(byte[] bytes) {
      for (int i = 0; i < 8 && bytes.length > 0; i++) {
        byte[] shorter = Arrays.copyOf(bytes, random.nextInt(bytes.length));
        try {
          read(shorter);
        } catch (IOException e) {
          continue; // refused
        }
        fail("the first " + shorter.length + " of " + bytes.length + " bytes were accepted");
      }
      for (int i = 0; i < 40 && bytes.length > 0; i++) {
        byte[] altered = bytes.clone();
        altered[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        try {
          checkUse(read(altered));
        } catch (IOException e) {
          continue; // refused
        }
      }
    }

    private void checkUse(Detector detector) {
      long time = times[at];
      for (int i = 0; i < 200; i++) {
        double value = sequence[i % sequence.length];
        double score = detector.score(value, time);
        require(!Double.isInfinite(score), () -> "the score after damage is " + score);
        detector.expect(time, 3, new ExpectedRange());
        detector.learn(value, time);
        time += stepMillis;
      }
    }

    private void checkRecovery(Detector detector) {
      long time = times[at];
      double highest = 0;
      for (int i = 0; i < memory + LAST; i++) {
        time += stepMillis;
        double value = 50 + random.nextGaussian();
        double score = detector.score(value, time);
        require(!Double.isInfinite(score), () -> "the score is " + score);
        if (i >= memory) {
          require(!Double.isNaN(score), () -> "the score is NaN after ordinary values");
          highest = Math.max(highest, score);
        }
        detector.learn(value, time);
      }
      double high = detector.score(90, time + stepMillis);
      if (!(high > highest)) {
        fail("the score of an outlier is " + high + ", that of an ordinary value " + highest);
      }
    }

    private void same(String subject, double actual, double expected) {
      require(
          Double.doubleToLongBits(actual) == Double.doubleToLongBits(expected),
          () -> subject + ": " + actual + ", expected " + expected);
    }

    private void require(boolean holds, Supplier<String> message) {
      if (!holds) {
        fail(message.get());
      }
    }

    private void fail(String message) {
      throw new AssertionError(where() + ": " + message);
    }

    private String where() {
      int from = Math.max(0, at + 1 - VALUES_IN_MESSAGE);
      double[] shown = Arrays.copyOfRange(sequence, from, Math.min(at + 1, sequence.length));
      return spec.name()
          + ": law '"
          + law
          + "' is broken, seed "
          + seed
          + ", run "
          + number
          + ", value number "
          + at
          + ", the last values "
          + Arrays.toString(shown);
    }
  }
}
