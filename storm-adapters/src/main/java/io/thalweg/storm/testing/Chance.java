package io.thalweg.storm.testing;

import java.util.List;
import java.util.SplittableRandom;

/** Source of all random choices of a run. */
final class Chance {

  private final SplittableRandom random;

  Chance(long seed) {
    random = new SplittableRandom(seed);
  }

  /** Returns a number in a range, both bounds inclusive. */
  int from(int low, int high) {
    return random.nextInt(low, high + 1);
  }

  boolean chance(double share) {
    return share > 0 && random.nextDouble() < share;
  }

  long id() {
    return random.nextLong();
  }

  @SafeVarargs
  final <T> T oneOf(T... choices) {
    return choices[random.nextInt(choices.length)];
  }

  <T> T oneOf(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }
}
