package io.thalweg.feature;

/**
 * Kind and extent of a window.
 *
 * @param kind the kind
 * @param size the length in milliseconds, the number of events, or the half-life; 0 for all time
 * @param hop the length of a tile in milliseconds; 0 if there are none
 */
record WindowSpan(Kind kind, long size, long hop) {

  /** Kind of a window. */
  enum Kind {
    LAST,
    COUNT,
    TILED,
    TUMBLING,
    DECAYED,
    ALL
  }

  /** Returns true if the statistics are computed from a buffer of events. */
  boolean isBuffered() {
    return kind == Kind.LAST || kind == Kind.COUNT;
  }

  /** Returns the length of a tile in milliseconds; 0 if there is one without an end. */
  long tile() {
    return kind == Kind.TILED ? hop : kind == Kind.TUMBLING ? size : 0;
  }

  /** Returns the number of tiles before the current one. */
  long tilesBefore() {
    return kind == Kind.TILED ? size / hop : 0;
  }

  long horizon() {
    return switch (kind) {
      case LAST, TUMBLING -> size;
      case TILED -> Math.addExact(size, hop);
      default -> FeatureSpec.UNBOUNDED;
    };
  }

  String description() {
    return switch (kind) {
      case LAST -> "last " + size + " ms";
      case COUNT -> "last " + size + " events";
      case TILED -> "last " + size + " ms, tiled " + hop + " ms, covers up to one tile more";
      case TUMBLING -> "tumbling " + size + " ms";
      case DECAYED -> "decayed, half-life " + size + " ms";
      case ALL -> "all time";
    };
  }
}
