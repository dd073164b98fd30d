package io.thalweg.stats;

import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Numbers as streams bring them: offsets, spikes, ramps, constants, many scales. */
final class Sequences {

  private Sequences() {}

  /** At least as many values as {@code least}; the spread is never below 1e-12 of the offset. */
  static Arbitrary<double[]> finite(int least) {
    return Combinators.combine(
            Arbitraries.longs(),
            Arbitraries.integers().between(least, 300),
            Arbitraries.integers().between(0, 6),
            Arbitraries.integers().between(-20, 20),
            Arbitraries.integers().between(-3, 9))
        .as(Sequences::draw)
        .withoutEdgeCases();
  }

  private static double[] draw(long seed, int length, int shape, int scale, int offset) {
    SplittableRandom random = new SplittableRandom(seed);
    double unit = Math.pow(10, scale);
    double shift = offset < 0 ? 0 : unit * Math.pow(10, offset);
    double[] values = new double[length];
    for (int i = 0; i < length; i++) {
      values[i] =
          shift
              + switch (shape) {
                case 0 -> unit * random.nextGaussian();
                case 1 -> unit * random.nextInt(10);
                case 2 -> unit * (random.nextInt(30) == 0 ? 1e6 : random.nextGaussian());
                case 3 -> unit * (i + 1e-3 * random.nextGaussian());
                case 4 -> unit * Math.exp(3 * random.nextGaussian());
                case 5 -> i == 0 ? unit : 0;
                default -> unit * random.nextGaussian() * Math.pow(0.8, i);
              };
    }
    return values;
  }
}
