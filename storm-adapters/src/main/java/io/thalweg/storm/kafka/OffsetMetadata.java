package io.thalweg.storm.kafka;

/**
 * Metadata that is committed to Kafka with an offset, for the next task that reads the partition.
 *
 * <p>It follows the metadata of Storm's spout, which parses the JSON value at the start of the text
 * and ignores the rest.
 *
 * @param lineage topic id, and the truncations of the log
 * @param largestTime largest event time below the offset, {@link InFlightOffsets#NO_TIME} if there
 *     is none
 * @param confirmed true if a heartbeat of the group was confirmed. The text has a plus sign before
 *     the time then, which earlier versions accept too; a negative time has none.
 */
record OffsetMetadata(Lineage lineage, long largestTime, boolean confirmed) {

  /** Returns the text to be committed. */
  String appendTo(String stormMetadata) {
    String truncations = lineage.text();
    return stormMetadata
        + " "
        + lineage.topicId()
        + (confirmed && largestTime >= 0 ? " +" : " ")
        + largestTime
        + (truncations.isEmpty() ? "" : " " + truncations);
  }

  /** Parses committed text; returns null if it was not written by {@link #appendTo}. */
  static OffsetMetadata parse(String text) {
    String[] parts = text.substring(text.lastIndexOf('}') + 1).split(" ");
    if (parts.length != 3 && parts.length != 4) {
      return null;
    }
    Lineage lineage = Lineage.parse(parts[1], parts.length == 3 ? "" : parts[3]);
    return new OffsetMetadata(lineage, Long.parseLong(parts[2]), parts[2].startsWith("+"));
  }
}
