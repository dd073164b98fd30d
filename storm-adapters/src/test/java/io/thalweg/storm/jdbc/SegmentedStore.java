package io.thalweg.storm.jdbc;

/** Makes stores whose log is folded sooner than users can have it, for tests of other packages. */
public final class SegmentedStore {

  private SegmentedStore() {}

  /** A store that folds its log when so many bytes of it have come together. */
  public static JdbcStateStore of(String url, long segmentBytes) {
    return new JdbcStateStore(url).withSegmentBytes(segmentBytes);
  }
}
