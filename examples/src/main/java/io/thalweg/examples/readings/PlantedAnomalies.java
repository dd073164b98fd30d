package io.thalweg.examples.readings;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Ground truth of a run: the records that a generator wrote, and those of them that are planted
 * anomalies. Alerts are scored against it. Memory: two bits a record.
 *
 * <p>Thread-safe.
 */
public final class PlantedAnomalies {

  private static final class Partition {
    private final long first;
    private final BitSet written = new BitSet();
    private final BitSet planted = new BitSet();

    Partition(long first) {
      this.first = first;
    }
  }

  private final Map<Integer, Partition> partitions = new HashMap<>();

  /**
   * Adds a record. The offsets of a partition must ascend.
   *
   * @param partition the partition of the record
   * @param offset the offset of the record
   * @param isPlanted true for a planted anomaly
   */
  public synchronized void add(int partition, long offset, boolean isPlanted) {
    Partition p = partitions.computeIfAbsent(partition, k -> new Partition(offset));
    int place = Math.toIntExact(offset - p.first);
    p.written.set(place);
    p.planted.set(place, isPlanted);
  }

  /**
   * Returns the number of records written.
   *
   * @return the number of calls of {@link #add}
   */
  public synchronized long written() {
    return partitions.values().stream().mapToLong(p -> p.written.cardinality()).sum();
  }

  /**
   * Returns the number of planted anomalies.
   *
   * @return the number of planted anomalies
   */
  public synchronized long planted() {
    return partitions.values().stream().mapToLong(p -> p.planted.cardinality()).sum();
  }

  /**
   * Returns whether this generator wrote a record. Others may write to the topic as well.
   *
   * @param partition the partition of the record
   * @param offset the offset of the record
   * @return true if the record was added
   */
  public synchronized boolean isWritten(int partition, long offset) {
    Partition p = partitions.get(partition);
    return p != null && offset >= p.first && p.written.get(Math.toIntExact(offset - p.first));
  }

  /**
   * Returns whether a record is a planted anomaly.
   *
   * @param partition the partition of the record
   * @param offset the offset of the record
   * @return true if the record was added as one
   */
  public synchronized boolean isPlanted(int partition, long offset) {
    Partition p = partitions.get(partition);
    return p != null && offset >= p.first && p.planted.get(Math.toIntExact(offset - p.first));
  }
}
