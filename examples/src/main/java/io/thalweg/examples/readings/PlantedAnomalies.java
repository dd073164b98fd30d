package io.thalweg.examples.readings;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Which records a generator wrote, and which of them are planted anomalies: what alerts are judged
 * by. Two bits a record, kept by partition and offset.
 *
 * <p>Thread-safe: the producer's thread adds, others ask.
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
   * Adds a record. The offsets of a partition come in ascending order.
   *
   * @param partition where it is
   * @param offset where it is
   * @param isPlanted whether it is an anomaly
   */
  public synchronized void add(int partition, long offset, boolean isPlanted) {
    Partition p = partitions.computeIfAbsent(partition, k -> new Partition(offset));
    int place = Math.toIntExact(offset - p.first);
    p.written.set(place);
    p.planted.set(place, isPlanted);
  }

  /**
   * How many records were written.
   *
   * @return the number of calls of {@link #add}
   */
  public synchronized long written() {
    return partitions.values().stream().mapToLong(p -> p.written.cardinality()).sum();
  }

  /**
   * How many of them are anomalies.
   *
   * @return the number of planted anomalies
   */
  public synchronized long planted() {
    return partitions.values().stream().mapToLong(p -> p.planted.cardinality()).sum();
  }

  /**
   * Whether this generator wrote the record: others may write to the topic too.
   *
   * @param partition its partition
   * @param offset its offset
   * @return whether it was added
   */
  public synchronized boolean isWritten(int partition, long offset) {
    Partition p = partitions.get(partition);
    return p != null && offset >= p.first && p.written.get(Math.toIntExact(offset - p.first));
  }

  /**
   * Whether the record is a planted anomaly.
   *
   * @param partition its partition
   * @param offset its offset
   * @return whether it was added as one
   */
  public synchronized boolean isPlanted(int partition, long offset) {
    Partition p = partitions.get(partition);
    return p != null && offset >= p.first && p.planted.get(Math.toIntExact(offset - p.first));
  }
}
