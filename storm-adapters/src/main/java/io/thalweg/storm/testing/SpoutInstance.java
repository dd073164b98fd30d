package io.thalweg.storm.testing;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;

/** One start of a task of the spout, and Storm's tracking of what it emits. */
abstract class SpoutInstance extends Instance {

  /** Starts tasks. */
  interface Factory {
    SpoutInstance create(World world, Deployment deployment, int task, long uid);
  }

  private final Map<Object, Root> roots = new HashMap<>();

  SpoutInstance(World world, Deployment deployment, int task, long uid) {
    super(world, deployment, task, uid);
  }

  /** The root of a tree under an id, in place of one before. */
  final Root track(Object message) {
    Root root = new Root(this, message);
    roots.put(message, root);
    return root;
  }

  /** A tree is complete. */
  final void acked(Root root) {
    if (alive && closes(root)) {
      acked(root.message);
    }
  }

  /** A tree was failed, or took too long. */
  final void failed(Root root) {
    if (alive && closes(root)) {
      failed(root.message);
    }
  }

  private boolean closes(Root root) {
    if (!root.open || roots.get(root.message) != root) {
      return false;
    }
    root.open = false;
    roots.remove(root.message);
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
