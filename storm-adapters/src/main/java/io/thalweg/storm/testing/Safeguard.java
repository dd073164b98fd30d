package io.thalweg.storm.testing;

/** Safeguards of the model around the bolts; a test switches one off to see results go wrong. */
enum Safeguard {
  /** Heartbeats are tracked, and sent again if they fail. */
  TRACKED_WATERMARK,
  /** The watermark stays at or below the smallest event time that is not acked. */
  LOW_WATERMARK,
  /** Each start of a spout task numbers its heartbeats in an incarnation of its own. */
  INCARNATION,
  /** A partition is idle only if it is read to its end. */
  IDLE_LAG,
  /** A spout task without a partition that counts sends idle heartbeats. */
  IDLE_FLAG,
  /** The store rejects a commit of a task whose shard was acquired by another. */
  FENCING,
  /** An epoch exceeds those of all shards of the component. */
  COMPONENT_EPOCH,
  /** After a change of the number of tasks, old shards are fenced before they are read. */
  SEAL_OLD_SHARDS,
  /** The sink replaces a row by a newer version only. */
  VERSIONS
}
