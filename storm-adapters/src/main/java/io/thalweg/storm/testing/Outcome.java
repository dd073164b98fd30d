package io.thalweg.storm.testing;

import java.util.List;
import java.util.Map;

/**
 * Outcome of a run.
 *
 * @param rows the rows of the sink that are not deleted, by result id; each with the values of its
 *     tuple by field name
 * @param results every result that arrived at the sink, in the order of arrival, including
 *     repeated, outdated and deleted ones
 * @param late the late events, each once, by field name
 * @param deadLetters the rejected records, each once, by field name
 * @param settled true if everything was acked and the end of the stream, if the spout has one, had
 *     passed through the topology before the run ended; false in a run that ended at a given time
 * @param trace the log of the run; start with the first unexpected line
 */
public record Outcome(
    Map<String, Map<String, Object>> rows,
    List<Map<String, Object>> results,
    List<Map<String, Object>> late,
    List<Map<String, Object>> deadLetters,
    boolean settled,
    List<String> trace) {}
