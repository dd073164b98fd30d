package io.thalweg.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Generator of scripts of events, watermarks and early results with the difficulties of real
 * streams: disorder, ties, gaps, bursts, late events, watermarks that jump, stand still and move
 * back, reserved timestamps, and, depending on the axis and the values chosen, negative time, the
 * ends of {@code long}, NaN, both zeros and large offsets.
 *
 * <p>The same generator and seed give the same script on every machine and in every release of the
 * same major version.
 *
 * @param origin the approximate start of time; near an end of {@code long} it may run out
 * @param unit the scale of time: events are a fraction of it to a few of it apart, so windows of
 *     about this length are interesting; positive
 * @param keys the number of keys, positive; low-numbered ones are more frequent
 * @param values the kind of the values
 */
public record StreamGenerator(long origin, long unit, int keys, Values values) {

  /** Kind of the values of the events. */
  public enum Values {
    /** Integers from -100 to 100: sums are exact. */
    INTEGERS,
    /** Values near 10⁹, for which naive variances have no correct digits. */
    OFFSET,
    /** As integers, with NaN, infinities, both zeros, and the ends of {@code double}. */
    HARSH
  }

  private static final double[] HARSH = {
    Double.NaN,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY,
    0.0,
    -0.0,
    Double.MAX_VALUE,
    -Double.MAX_VALUE,
    Double.MIN_VALUE,
    1e9,
  };

  /**
   * Checks the arguments.
   *
   * @param origin the approximate start of time
   * @param unit the scale of time
   * @param keys the number of keys
   * @param values the kind of the values
   * @throws IllegalArgumentException if the unit or the number of keys is not positive
   */
  public StreamGenerator {
    if (unit <= 0) {
      throw new IllegalArgumentException("unit must be positive: " + unit);
    }
    if (keys <= 0) {
      throw new IllegalArgumentException("keys must be positive: " + keys);
    }
  }

  /**
   * Returns a random generator, with any origin and scale of time.
   *
   * @param random the source of randomness
   * @param values the kind of the values
   * @return a generator
   */
  public static StreamGenerator any(SplittableRandom random, Values values) {
    long unit = new long[] {1, 2, 4, 10, 10, 60, 1000, 1L << 40}[random.nextInt(8)];
    long room = 8 * unit;
    long origin =
        switch (random.nextInt(8)) {
          case 0 -> Long.MIN_VALUE + random.nextLong(room);
          case 1 -> Long.MAX_VALUE - random.nextLong(room);
          case 2 -> 1_700_000_000_000L;
          case 3 -> -random.nextLong(4 * room);
          default -> random.nextLong(unit);
        };
    int keys = random.nextInt(10) == 0 ? 60 : 6;
    return new StreamGenerator(origin, unit, 1 + random.nextInt(keys), values);
  }

  /**
   * Returns a script.
   *
   * @param random the source of randomness
   * @param steps the number of steps
   * @return a script; it does not end the stream
   */
  public Script script(SplittableRandom random, int steps) {
    List<Script.Step> script = new ArrayList<>(steps);
    long now = origin;
    long newest = origin;
    long watermark = Long.MIN_VALUE;
    int burst = 0;
    double latePart = random.nextDouble(0.5);
    while (script.size() < steps) {
      int choice = burst > 0 ? 99 : random.nextInt(100);
      if (choice < 17) {
        long to =
            switch (random.nextInt(8)) {
              case 0 -> watermark; // again
              case 1 -> saturated(watermark, -random.nextLong(2 * unit)); // back
              case 2 -> saturated(now, random.nextLong(4 * unit)); // ahead of the events
              case 3 -> now - Math.floorMod(now, unit); // where windows tend to end
              default -> saturated(newest, -random.nextLong(2 * unit));
            };
        script.add(new Script.Advance(to));
        watermark = Math.max(watermark, to);
      } else if (choice < 23) {
        script.add(new Script.Early());
      } else {
        if (burst > 0) {
          burst--;
        } else {
          switch (random.nextInt(12)) {
            case 0 -> now = saturated(now, random.nextLong(6 * unit)); // a gap
            case 1 -> burst = 1 + random.nextInt(6);
            case 2, 3 -> {} // a tie
            default -> now = saturated(now, random.nextLong(unit / 2 + 1));
          }
        }
        long timestamp = now;
        if (random.nextDouble() < latePart) {
          timestamp = saturated(now, -random.nextLong((random.nextInt(5) == 0 ? 6 : 2) * unit));
        }
        if (random.nextInt(80) == 0) {
          timestamp = random.nextBoolean() ? Long.MIN_VALUE : Long.MAX_VALUE;
        } else {
          newest = Math.max(newest, timestamp);
        }
        script.add(new Script.Process(key(random), sample(random), timestamp));
      }
    }
    return new Script(script);
  }

  private static long saturated(long a, long b) {
    long sum = a + b;
    boolean wrapped = ((a ^ sum) & (b ^ sum)) < 0;
    return wrapped ? (a < 0 ? Long.MIN_VALUE : Long.MAX_VALUE) : sum;
  }

  private String key(SplittableRandom random) {
    int bound = 1 + random.nextInt(keys);
    return "k" + random.nextInt(bound);
  }

  private Sample sample(SplittableRandom random) {
    int integer = random.nextInt(-100, 101);
    double value =
        switch (values) {
          case INTEGERS -> integer;
          case OFFSET -> 1e9 + integer / 64.0;
          case HARSH -> random.nextInt(4) == 0 ? HARSH[random.nextInt(HARSH.length)] : integer;
        };
    long gap = random.nextInt(50) == 0 ? -random.nextLong(2) : 1 + random.nextLong(2 * unit);
    return new Sample(value, gap);
  }
}
