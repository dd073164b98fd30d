package io.thalweg.storm.testing;

/** What the model around the bolts does to keep results right: switched off to see a test fail. */
enum Safeguard {
  /** Watermark tuples are tracked and, when they fail, sent again. */
  TRACKED_WATERMARK,
  /** The watermark stays at or below the smallest event time that is not acked. */
  LOW_WATERMARK,
  /** Each start of a spout task numbers its watermark tuples apart from those of the others. */
  INCARNATION,
  /** A partition is idle only when it is read to its end. */
  IDLE_LAG,
  /** A spout task where nothing counts says so. */
  IDLE_FLAG,
  /** The store refuses a commit by a task whose shard was taken over. */
  FENCING,
  /** An epoch exceeds those of all shards of the component. */
  COMPONENT_EPOCH,
  /** With a new number of tasks the shards of the old layout are fenced before they are read. */
  SEAL_OLD_SHARDS,
  /** The sink replaces a row by a newer version only. */
  VERSIONS
}
