package io.thalweg.stats;

import io.thalweg.testing.AggregateLaws;
import org.junit.jupiter.api.Test;

class MomentsTest {

  @Test
  void over_manySequences_keepsTheLaws() {
    AggregateLaws.of(
            Moments.over(Double::doubleValue),
            random -> random.nextInt(20) == 0 ? Double.NaN : Math.rint(1e3 * random.nextGaussian()))
        .cutsAgree(
            (merged, whole) ->
                merged.count() == whole.count()
                    && close(merged.mean(), whole.mean())
                    && close(merged.sumOfSquaredDeviations(), whole.sumOfSquaredDeviations()))
        .check(1);
  }

  private static boolean close(double actual, double expected) {
    return Double.compare(actual, expected) == 0
        || Math.abs(actual - expected) <= 1e-9 * Math.abs(expected) + 1e-9;
  }
}
