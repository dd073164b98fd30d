package io.thalweg.storm.testing;

/** Ack tree of a tracked spout tuple: the tuple and all tuples that were anchored to it. */
final class AckTree {

  /** Spout task that emitted the root. */
  interface Owner {
    boolean isAlive();

    /** Notes that the tree is complete. */
    void acked(AckTree tree);

    /** Notes that the tree failed or timed out. */
    void failed(AckTree tree);
  }

  final Owner owner;
  final Object message;

  /**
   * Exclusive or of all edges, each of which is added once when it is created and once when it is
   * acked; zero when the tree is complete.
   */
  long edges;

  boolean open = true;

  /** Number of timeout resets; only the timeout that was set last applies. */
  int resets;

  AckTree(Owner owner, Object message) {
    this.owner = owner;
    this.message = message;
  }
}
