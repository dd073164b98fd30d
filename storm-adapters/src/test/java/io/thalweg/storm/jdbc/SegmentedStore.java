package io.thalweg.storm.jdbc;

/** Factory of stores with small log segments, for tests of other packages. */
public final class SegmentedStore {

  private SegmentedStore() {}

  /** Returns a store whose log segments have the given capacity. */
  public static JdbcStateStore of(String url, long segmentBytes) {
    return new JdbcStateStore(url, segmentBytes);
  }
}
