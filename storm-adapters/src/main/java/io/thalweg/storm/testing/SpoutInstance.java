package io.thalweg.storm.testing;

import java.util.HashMap;
import java.util.Map;

/** One start of a spout task, with Storm's tracking of the tuples that it emits. */
abstract class SpoutInstance extends TaskInstance implements AckTree.Owner {

  /** Factory of spout tasks. */
  interface Factory {
    SpoutInstance create(World world, Deployment deployment, int task, long uid);
  }

  final World world;
  private final Map<Object, AckTree> trees = new HashMap<>();

  SpoutInstance(World world, Deployment deployment, int task, long uid) {
    super(deployment, task, uid);
    this.world = world;
  }

  /** Creates the ack tree of a message id, in place of an earlier one. */
  final AckTree track(Object message) {
    AckTree tree = new AckTree(this, message);
    trees.put(message, tree);
    return tree;
  }

  @Override
  public final boolean isAlive() {
    return alive;
  }

  @Override
  public final void acked(AckTree tree) {
    if (alive && close(tree)) {
      acked(tree.message);
    }
  }

  @Override
  public final void failed(AckTree tree) {
    if (alive && close(tree)) {
      failed(tree.message);
    }
  }

  private boolean close(AckTree tree) {
    if (!tree.open || trees.get(tree.message) != tree) {
      return false;
    }
    tree.open = false;
    trees.remove(tree.message);
    return true;
  }

  abstract void acked(Object message);

  abstract void failed(Object message);

  /**
   * Returns whether the spout has emitted the watermark of the end of the stream; for a plain
   * spout, whether all records are acked.
   */
  abstract boolean isAtEnd();

  /** Returns the sequence number of the next heartbeat; -1 for a plain spout. */
  abstract long next();

  /** Returns the largest sequence number up to which all heartbeats are acked. */
  abstract long confirmed();
}
