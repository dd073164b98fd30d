package io.thalweg.storm.kafka;

/**
 * Metadata that is committed to Kafka with an offset, for the next task that reads the partition.
 *
 * <p>It follows the metadata of Storm's spout, which parses the JSON value at the start of the text
 * and ignores the rest.
 *
 * @param topicId id of the topic
 * @param largestTime largest event time below the offset
 */
record OffsetMetadata(String topicId, long largestTime) {

  /** Returns the text to be committed. */
  String appendTo(String stormMetadata) {
    return stormMetadata + " " + topicId + " " + largestTime;
  }

  /** Parses committed text; returns null if it was not written by {@link #appendTo}. */
  static OffsetMetadata parse(String text) {
    String[] parts = text.substring(text.lastIndexOf('}') + 1).split(" ");
    return parts.length == 3 ? new OffsetMetadata(parts[1], Long.parseLong(parts[2])) : null;
  }
}
