package io.thalweg.storm.testing;

/** A tracked tuple of the spout, and the tree of what was emitted because of it. */
final class AckTree {

  final SpoutInstance spout;
  final Object message;

  /** All edges of the tree, each once when it is made and once when it is acked: zero when done. */
  long edges;

  boolean open = true;

  /** Which of several expiries counts, since a bolt may ask for more time. */
  int extensions;

  AckTree(SpoutInstance spout, Object message) {
    this.spout = spout;
    this.message = message;
  }
}
