package io.thalweg.storm.kafka;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Truncations of the log of one partition. After a truncation, Kafka gives other records to offsets
 * that were read before. A record is therefore identified by its partition, its offset and the last
 * truncation at or below that offset. The records of a log that was never truncated are those of
 * the topic id itself.
 *
 * @param topicId id of the topic
 * @param truncations by ascending start
 */
record Lineage(String topicId, List<Truncation> truncations) {

  /** Separator in a source id; not in the alphabet of topic ids. */
  private static final char SEPARATOR = '~';

  /**
   * Truncation of a log.
   *
   * @param start first offset that has another record than before
   * @param end offset after the last record that was read before
   * @param sourceId id of the records from the start on
   */
  record Truncation(long start, long end, String sourceId) {}

  /** Creates the lineage of a log that was never truncated. */
  Lineage(String topicId) {
    this(topicId, List.of());
  }

  /**
   * Returns this lineage after a further truncation, which hides those at or after its start.
   *
   * @param name unique name of the truncation
   */
  Lineage truncate(long start, long end, String name) {
    List<Truncation> all = new ArrayList<>(truncations);
    all.removeIf(each -> each.start() >= start);
    all.add(new Truncation(start, end, topicId + SEPARATOR + name));
    return new Lineage(topicId, List.copyOf(all));
  }

  /** Returns the topic id of the record at an offset, with the name of its truncation. */
  String sourceId(long offset) {
    String id = topicId;
    for (int i = 0; i < truncations.size() && truncations.get(i).start() <= offset; i++) {
      id = truncations.get(i).sourceId();
    }
    return id;
  }

  /**
   * Adds the settled mark of each source of the partition.
   *
   * @param mark smallest unsettled offset
   */
  void addMarks(int partition, long mark, Map<String, Long> marks) {
    String id = topicId;
    for (Truncation each : truncations) {
      // Once its last record in the log is settled, so are the ones that were truncated.
      marks.put(id + "/" + partition, mark < each.start() ? mark : Math.max(mark, each.end()));
      id = each.sourceId();
      mark = Math.max(mark, each.start());
    }
    marks.put(id + "/" + partition, mark);
  }

  /** Returns this lineage without the truncations that no offset from the mark on needs. */
  Lineage since(long mark) {
    int first = truncations.size() - 1;
    while (first > 0 && truncations.get(first).start() > mark) {
      first--;
    }
    return first <= 0 ? this : new Lineage(topicId, truncations.subList(first, truncations.size()));
  }

  /** Returns the truncations as text without spaces, empty if there are none. */
  String text() {
    List<String> texts = new ArrayList<>();
    for (Truncation each : truncations) {
      String name = each.sourceId().substring(topicId.length() + 1);
      texts.add(each.start() + ":" + each.end() + ":" + name);
    }
    return String.join(",", texts);
  }

  /** Parses the text of {@link #text}. */
  static Lineage parse(String topicId, String text) {
    Lineage lineage = new Lineage(topicId);
    for (String each : text.isEmpty() ? new String[0] : text.split(",")) {
      String[] parts = each.split(":");
      lineage = lineage.truncate(Long.parseLong(parts[0]), Long.parseLong(parts[1]), parts[2]);
    }
    return lineage;
  }
}
