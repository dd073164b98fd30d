package io.thalweg.storm;

/** What a {@link ProcessorBolt} promises when tuples are repeated, and when workers die. */
public enum Guarantee {
  /**
   * Each record affects the state exactly once, every result that is emitted belongs to a committed
   * state and none is lost, and the rows of a sink that lets newer versions replace older ones
   * converge to those of a run without failures. Needs a {@link
   * io.thalweg.storm.kafka.LowWatermarkKafkaSpout}, a stable key and, to survive the death of a
   * worker, a durable {@link StateStore}. Processors whose results depend on the order of events
   * wait for the watermark.
   */
  EFFECTIVELY_ONCE,

  /**
   * Events are taken in the order in which they come: answers do not wait for the watermark. A
   * plain spout will do, behind which each task finds a watermark of its own; there a record that
   * is repeated after a failure may have become late.
   *
   * <p>With a durable {@link StateStore} none is lost: each record affects the state, or is given
   * out on the stream of late events. That it affects the state once follows from the ledger, which
   * must hold what the source can have in flight: see {@link ProcessorBolt#withLedgerSize}. Without
   * such a store a worker that dies takes its state along, and what was acked is not repeated.
   */
  AT_LEAST_ONCE
}
