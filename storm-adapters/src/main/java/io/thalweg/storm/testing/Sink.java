package io.thalweg.storm.testing;

import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.storm.tuple.Tuple;

/** Model of a sink, which receives the streams that no bolt of the topology receives. */
final class Sink {

  private static final List<String> SOURCE =
      List.of(TupleFields.TOPIC_ID, TupleFields.PARTITION, TupleFields.OFFSET, TupleFields.ORDINAL);

  private record Row(long epoch, long number, Map<String, Object> values) {
    boolean isOlderThan(Row other) {
      return epoch != other.epoch ? epoch < other.epoch : number < other.number;
    }
  }

  private final boolean versioned;
  private final Map<String, Row> rows = new TreeMap<>();
  private final List<Map<String, Object>> results = new ArrayList<>();
  private final Map<String, Map<String, Object>> late = new LinkedHashMap<>();
  private final Map<String, Map<String, Object>> deadLetters = new LinkedHashMap<>();

  Sink(boolean versioned) {
    this.versioned = versioned;
  }

  /** Adds a tuple; returns the change as text, or null. */
  String add(Tuple tuple) {
    Map<String, Object> values = new HashMap<>();
    List<String> names = tuple.getFields().toList();
    for (int i = 0; i < names.size(); i++) {
      values.put(names.get(i), tuple.getValue(i));
    }
    switch (tuple.getSourceStreamId()) {
      case Streams.LATE -> {
        return late.putIfAbsent(source(tuple, values), values) == null
            ? "late " + text(values)
            : null;
      }
      case Streams.DEAD_LETTER -> {
        return deadLetters.putIfAbsent(source(tuple, values), values) == null
            ? "dead letter " + text(values)
            : null;
      }
      default -> {
        return upsert(values);
      }
    }
  }

  private static String source(Tuple tuple, Map<String, Object> values) {
    StringBuilder source = new StringBuilder(tuple.getSourceComponent());
    SOURCE.forEach(field -> source.append('/').append(values.get(field)));
    return source.toString();
  }

  private String upsert(Map<String, Object> values) {
    String id = (String) values.get(TupleFields.ID);
    if (id == null) {
      return null; // not a result
    }
    results.add(values);
    Row row =
        new Row(
            (Long) values.get(TupleFields.EPOCH), (Long) values.get(TupleFields.NUMBER), values);
    Row before = rows.get(id);
    if (before != null && versioned && !before.isOlderThan(row)) {
      return null;
    }
    rows.put(id, row);
    return "row " + id + " version " + row.epoch + "." + row.number + " " + text(values);
  }

  /** Returns the values that are not null, with the length of arrays only. */
  private static String text(Map<String, Object> values) {
    Map<String, Object> text = new TreeMap<>();
    values.forEach(
        (name, value) -> {
          if (value instanceof byte[] bytes) {
            text.put(name, bytes.length + " bytes");
          } else if (value != null) {
            text.put(name, value);
          }
        });
    return text.toString();
  }

  Map<String, Map<String, Object>> rows() {
    Map<String, Map<String, Object>> live = new TreeMap<>();
    rows.forEach(
        (id, row) -> {
          if (!Boolean.TRUE.equals(row.values.get(TupleFields.DELETED))) {
            live.put(id, row.values);
          }
        });
    return live;
  }

  List<Map<String, Object>> results() {
    return List.copyOf(results);
  }

  List<Map<String, Object>> late() {
    return new ArrayList<>(late.values());
  }

  List<Map<String, Object>> deadLetters() {
    return new ArrayList<>(deadLetters.values());
  }
}
