package io.thalweg.storm;

/** Guarantee of a {@link ProcessorBolt} when tuples are replayed and when workers die. */
public enum Guarantee {
  /**
   * Guarantee that each record affects the state exactly once. Every emitted result belongs to a
   * committed state, no result is lost, and the rows of a sink that replaces older versions
   * converge to those of a run without failures.
   *
   * <p>The guarantee requires a {@link io.thalweg.storm.kafka.LowWatermarkKafkaSpout}, a stable key
   * and, to survive the death of a worker, a durable {@link StateStore}. Processors whose results
   * depend on the order of events wait for the watermark.
   */
  EFFECTIVELY_ONCE,

  /**
   * Guarantee that no record is lost. Events are processed in the order of arrival, so answers do
   * not wait for the watermark. A plain spout is sufficient: each task then computes a watermark of
   * its own, and a record that is replayed after a failure may be late.
   *
   * <p>With a durable {@link StateStore}, each record affects the state or is emitted as a late
   * event. It affects the state once, provided that the ledger holds all records that the spout can
   * have in flight: see {@link ProcessorBolt#withLedgerSize}. Without a durable store, the state is
   * lost when the worker dies, and acked records are not replayed.
   */
  AT_LEAST_ONCE
}
