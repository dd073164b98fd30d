package io.thalweg.storm;

/** What a {@link ProcessorBolt} promises when tuples are repeated, and when workers die. */
public enum Guarantee {
  /**
   * Each record affects the state exactly once, every result that is emitted belongs to a committed
   * state and none is lost, and the rows of a sink that lets newer versions replace older ones
   * converge to those of a run without failures. Needs a {@link LowWatermarkKafkaSpout}, a stable
   * key and, to survive the death of a worker, a durable {@link StateStore}. Processors whose
   * results depend on the order of events wait for the watermark.
   */
  EFFECTIVELY_ONCE,

  /**
   * Each record affects the state at least once, and events are taken in the order in which they
   * come: answers do not wait for the watermark. A repetition that the ledger remembers is not
   * counted twice; one that comes after a worker died, or after the ledger forgot it, is.
   */
  AT_LEAST_ONCE
}
