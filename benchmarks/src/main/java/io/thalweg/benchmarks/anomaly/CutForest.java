package io.thalweg.benchmarks.anomaly;

import com.amazon.randomcutforest.RandomCutForest;

/**
 * The random cut forest of {@code randomcutforest-core}: 50 trees of 256 samples, by shingles. Guha
 * et al. 2016, Robust random cut forest based anomaly detection on streams.
 */
final class CutForest extends Rival {

  private final RandomCutForest forest;
  private final float[] point = new float[1];

  CutForest(int shingle) {
    forest =
        RandomCutForest.builder()
            .dimensions(shingle)
            .shingleSize(shingle)
            .internalShinglingEnabled(shingle > 1)
            .numberOfTrees(50)
            .sampleSize(256)
            .randomSeed(42)
            .parallelExecutionEnabled(false)
            .build();
  }

  @Override
  public double score(double value, long timestamp) {
    if (!forest.isOutputReady()) {
      return Double.NaN;
    }
    point[0] = (float) value;
    return forest.getAnomalyScore(point);
  }

  @Override
  public void learn(double value, long timestamp) {
    point[0] = (float) value;
    forest.update(point);
  }
}
