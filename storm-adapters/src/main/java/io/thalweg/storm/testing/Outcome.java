package io.thalweg.storm.testing;

import java.util.List;
import java.util.Map;

/**
 * What a run came to.
 *
 * @param rows the live rows of the model's sink by result id, each with the values of its tuple by
 *     field name
 * @param results every result that came to the model's sink, in the order in which they came, with
 *     those that came again, that are older than what stood, and that are marked deleted
 * @param late the events that were given out as late, each once, by field name
 * @param deadLetters the records that were refused, each once, by field name
 * @param settled whether everything was acked and the end of the stream, if the spout has one, had
 *     passed through before the run ended; false in a run that ended at a given time
 * @param trace what happened, line by line: start with the first line that surprises
 */
public record Outcome(
    Map<String, Map<String, Object>> rows,
    List<Map<String, Object>> results,
    List<Map<String, Object>> late,
    List<Map<String, Object>> deadLetters,
    boolean settled,
    List<String> trace) {}
