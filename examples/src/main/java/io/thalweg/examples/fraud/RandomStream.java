package io.thalweg.examples.fraud;

/**
 * Pseudo-random numbers that are the same on every JDK: SplitMix64 (Steele, Lea and Flood, "Fast
 * splittable pseudorandom number generators", 2014, doi:10.1145/2660193.2660195), with the polar
 * method for normal variates and the multiplication method for Poisson variates.
 *
 * <p>Not thread-safe.
 */
final class RandomStream {

  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  private long state;

  private RandomStream(long state) {
    this.state = state;
  }

  /**
   * Returns a stream that is independent of those with another seed, purpose or index.
   *
   * @param seed the seed of the simulation
   * @param purpose the use of the numbers
   * @param index the number of a customer or a day
   * @return a new stream
   */
  static RandomStream of(long seed, int purpose, int index) {
    return new RandomStream(mix(mix(seed + GOLDEN_GAMMA) + ((long) purpose << 32 | index)));
  }

  private static long mix(long bits) {
    long z = bits;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  private long next() {
    state += GOLDEN_GAMMA;
    return mix(state);
  }

  /** Returns a number from {@code low}, inclusive, to {@code high}, exclusive. */
  double uniform(double low, double high) {
    return low + (high - low) * ((next() >>> 11) * 0x1p-53);
  }

  /** Returns an integer from 0, inclusive, to {@code bound}, exclusive. */
  int below(int bound) {
    return (int) ((next() >>> 32) * bound >>> 32);
  }

  /** Returns a normal variate. */
  double normal(double mean, double sd) {
    double u;
    double square;
    do {
      u = uniform(-1, 1);
      double v = uniform(-1, 1);
      square = u * u + v * v;
    } while (square >= 1 || square == 0);
    return mean + sd * u * StrictMath.sqrt(-2 * StrictMath.log(square) / square);
  }

  /** Returns a Poisson variate; the time grows with the mean. */
  int poisson(double mean) {
    double limit = StrictMath.exp(-mean);
    int count = -1;
    for (double product = 1; product > limit || count < 0; count++) {
      product *= uniform(0, 1);
    }
    return count;
  }
}
