package io.thalweg.storm.testing;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.tuple.TupleImpl;

/** Model of Storm's ackers: it tracks ack trees, their completion and their timeouts. */
final class AckTrees {

  private final Clock clock;
  private final Chance chance;
  private final FaultPlan faults;
  private final int timeoutMillis;
  private final Runnable disturbance;
  private final Map<Long, AckTree> trees = new HashMap<>();

  /**
   * Creates ackers.
   *
   * @param timeoutMillis a tree times out after this time to twice this time
   * @param disturbance called when a tree fails
   */
  AckTrees(Clock clock, Chance chance, FaultPlan faults, int timeoutMillis, Runnable disturbance) {
    this.clock = clock;
    this.chance = chance;
    this.faults = faults;
    this.timeoutMillis = timeoutMillis;
    this.disturbance = disturbance;
  }

  void add(long root, AckTree tree) {
    trees.put(root, tree);
    setTimeout(root, tree);
  }

  private void setTimeout(long root, AckTree tree) {
    int resets = tree.resets;
    clock.after(
        chance.from(timeoutMillis, 2 * timeoutMillis),
        () -> {
          if (tree.open && tree.resets == resets) {
            trees.remove(root);
            disturbance.run();
            tree.owner.failed(tree);
          }
        });
  }

  void resetTimeout(TupleImpl tuple) {
    for (long root : tuple.getMessageId().getAnchors()) {
      AckTree tree = trees.get(root);
      if (tree != null) {
        tree.resets++;
        setTimeout(root, tree);
      }
    }
  }

  /** Creates the edges of a new tuple, one for each anchor, as Storm's collector does. */
  Map<Long, Long> edges(Collection<Tuple> anchors) {
    Map<Long, Long> edges = new HashMap<>();
    for (Tuple anchor : anchors) {
      if (!anchor.getMessageId().getAnchors().isEmpty()) {
        long edge = chance.id();
        ((TupleImpl) anchor).updateAckVal(edge);
        for (long root : anchor.getMessageId().getAnchors()) {
          edges.merge(root, edge, (a, b) -> a ^ b);
        }
      }
    }
    return edges;
  }

  void ack(TupleImpl tuple) {
    tuple
        .getMessageId()
        .getAnchorsToIds()
        .forEach(
            (root, edge) -> {
              AckTree tree = trees.get(root);
              if (tree != null) {
                tree.edges ^= edge ^ tuple.getAckVal();
                if (tree.edges == 0) {
                  complete(root, tree);
                }
              }
            });
  }

  /** Completes a tree, unless the message to the spout is lost. */
  void complete(long root, AckTree tree) {
    if (!chance.chance(faults.shareOfLostAcks())) {
      trees.remove(root);
      clock.after(chance.from(1, 10), () -> tree.owner.acked(tree));
    }
  }

  void fail(TupleImpl tuple) {
    for (long root : tuple.getMessageId().getAnchors()) {
      AckTree tree = trees.remove(root);
      if (tree != null) {
        disturbance.run();
        clock.after(1, () -> tree.owner.failed(tree));
      }
    }
  }

  /** Returns whether every tree of a tuple is open and its spout task alive. */
  boolean areOpen(TupleImpl tuple) {
    for (long root : tuple.getMessageId().getAnchors()) {
      AckTree tree = trees.get(root);
      if (tree == null || !tree.owner.isAlive()) {
        return false;
      }
    }
    return true;
  }
}
