package io.thalweg.storm.testing;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;

/** One start of a task of the spout, and Storm's tracking of what it emits. */
abstract class SpoutInstance extends TaskInstance {

  /** Starts tasks. */
  interface Factory {
    SpoutInstance create(World world, Deployment deployment, int task, long uid);
  }

  private final Map<Object, AckTree> roots = new HashMap<>();

  SpoutInstance(World world, Deployment deployment, int task, long uid) {
    super(world, deployment, task, uid);
  }

  /** The root of a tree under an id, in place of one before. */
  final AckTree track(Object message) {
    AckTree tree = new AckTree(this, message);
    roots.put(message, tree);
    return tree;
  }

  /** A tree is complete. */
  final void acked(AckTree tree) {
    if (alive && closes(tree)) {
      acked(tree.message);
    }
  }

  /** A tree was failed, or took too long. */
  final void failed(AckTree tree) {
    if (alive && closes(tree)) {
      failed(tree.message);
    }
  }

  private boolean closes(AckTree tree) {
    if (!tree.open || roots.get(tree.message) != tree) {
      return false;
    }
    tree.open = false;
    roots.remove(tree.message);
    return true;
  }

  abstract void acked(Object message);

  abstract void failed(Object message);

  /** Whether it has said that this was all; if it is plain, whether everything is acked. */
  abstract boolean isAtEnd();

  /** The number of the next watermark tuple; that of none if it is plain. */
  abstract long next();

  /** Up to which all watermark tuples are acked. */
  abstract long confirmed();

  /** Marks as they go with a watermark tuple. */
  static byte[] encoded(Map<String, Long> marks) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(marks.size());
      for (Map.Entry<String, Long> mark : marks.entrySet()) {
        out.writeUTF(mark.getKey());
        out.writeLong(mark.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
