package org.apache.storm.topology;

/**
 * Runs, when a test says so, what a timer of Storm's runs in a windowed bolt: computes the
 * watermark and fires the windows that it has passed. It stands in Storm's package since Storm
 * keeps it for tests of its own.
 */
public final class StormWatermark {

  private StormWatermark() {}

  /**
   * Runs it once.
   *
   * @param bolt a windowed bolt that is prepared
   */
  public static void fire(IRichBolt bolt) {
    ((WindowedBoltExecutor) bolt).waterMarkEventGenerator.run();
  }
}
