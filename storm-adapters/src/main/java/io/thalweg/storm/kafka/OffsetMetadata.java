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
 */
record OffsetMetadata(Lineage lineage, long largestTime) {

  /** Returns the text to be committed. */
  String appendTo(String stormMetadata) {
    String truncations = lineage.text();
    return stormMetadata
        + " "
        + lineage.topicId()
        + " "
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
    return new OffsetMetadata(lineage, Long.parseLong(parts[2]));
  }
}
