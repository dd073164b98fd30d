package io.thalweg.storm.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ofMillis;

import io.thalweg.Codec;
import io.thalweg.Processor;
import io.thalweg.ProcessorFactory;
import io.thalweg.stats.LongSum;
import io.thalweg.storm.Decoder;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.TupleMapping;
import io.thalweg.storm.kafka.Header;
import io.thalweg.storm.kafka.KafkaSources;
import io.thalweg.window.AccumulationMode;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.storm.topology.BoltDeclarer;
import org.apache.storm.topology.IRichBolt;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.tuple.Fields;

/** Computation under test, as a topology and as an oracle over the list of records. */
enum Variant {
  TUMBLING,
  TUMBLING_LATE,
  SESSION,
  RUNNING,
  DETECTOR,
  CHAIN_MAP,
  CHAIN_LATE,
  CHAIN_DETECTOR,
  CHAIN_ORDERED;

  static final String SPOUT = "readings";
  static final List<String> HEARTBEAT =
      List.of(
          TupleFields.WATERMARK,
          TupleFields.SPOUT,
          TupleFields.INCARNATION,
          TupleFields.SEQUENCE,
          TupleFields.CONFIRMED,
          TupleFields.IDLE,
          TupleFields.MARKS,
          TupleFields.CLOCK);
  static final long SIZE = 400;
  static final long GAP = 150;

  /** Event time of the records that only close windows, later than all others. */
  static final long CLOSING = 1_000_000;

  /** Event time of the stale records, earlier than all others. */
  static final long STALE = -1_000_000;

  /** Returns whether a timestamp belongs to a result that is compared. */
  static boolean isCompared(long timestamp) {
    return timestamp > STALE / 2 && timestamp < CLOSING;
  }

  boolean takesLateEvents() {
    return this == TUMBLING_LATE || this == SESSION || this == CHAIN_LATE;
  }

  boolean isChain() {
    return name().startsWith("CHAIN");
  }

  /** Factory of the bolts under test. */
  interface Bolts {
    <O> IRichBolt bolt(
        ProcessorFactory<String, Long, O> factory, Decoder<Long> decoder, TupleMapping<O> mapping);

    /** Returns whether the bolts are behind Storm's own spout. */
    default boolean arePlain() {
      return false;
    }
  }

  TopologyBuilder topology(Bolts bolts, int spouts, int first, int second, long lateness) {
    TopologyBuilder topology = new TopologyBuilder();
    KafkaSources.Builder source =
        KafkaSources.bytes("localhost:9092", SPOUT)
            .withGroupId("simulation")
            .withHeader(record -> new Header(new String(record.key(), UTF_8), record.timestamp()));
    topology.setSpout(
        SPOUT, bolts.arePlain() ? source.spout() : source.lowWatermarkSpout(), spouts);
    Duration late = ofMillis(lateness);
    IRichBolt a =
        switch (this) {
          case TUMBLING, TUMBLING_LATE -> bolts.bolt(() -> tumbling(late), Variant::decode, sums());
          case SESSION -> bolts.bolt(() -> sessions(late), Variant::decode, sums());
          case RUNNING -> bolts.bolt(running(), Variant::decode, totals());
          case DETECTOR, CHAIN_DETECTOR, CHAIN_ORDERED ->
              bolts.bolt(detector(isChain()), Variant::decode, answers());
          case CHAIN_MAP, CHAIN_LATE -> bolts.bolt(Variant::mapper, Variant::decode, answers());
        };
    connect(topology.setBolt("a", a, first), SPOUT, bolts);
    if (isChain()) {
      IRichBolt b =
          this == CHAIN_ORDERED
              ? bolts.bolt(detector(false), Variant::decode, answers())
              : bolts.bolt(() -> tumbling(late), Variant::decode, sums());
      connect(topology.setBolt("b", b, second), "a", bolts);
    }
    return topology;
  }

  private static void connect(BoltDeclarer bolt, String source, Bolts bolts) {
    bolt.fieldsGrouping(source, new Fields(TupleFields.KEY));
    if (!bolts.arePlain()) {
      bolt.allGrouping(source, Streams.WATERMARK);
    }
  }

  static byte[] encode(long value) {
    return Long.toString(value).getBytes(UTF_8);
  }

  static Long decode(byte[] value) {
    return Long.parseLong(new String(value, UTF_8));
  }

  private static Processor<String, Long, LongSum> tumbling(Duration lateness) {
    return WindowedAggregator.of(LongSum.over(Long::longValue), Windows.tumbling(ofMillis(SIZE)))
        .lateness(lateness)
        .build();
  }

  private static Processor<String, Long, LongSum> sessions(Duration lateness) {
    return WindowedAggregator.of(LongSum.over(Long::longValue), Windows.session(ofMillis(GAP)))
        .lateness(lateness)
        .mode(AccumulationMode.RETRACTING)
        .build();
  }

  private static Processor<String, Long, Long> mapper() {
    return Processor.stateless(
        (key, value, timestamp, out) -> out.emit(key(mapped(value)), mapped(value)));
  }

  private static ProcessorFactory<String, Long, Long> detector(boolean rekeys) {
    return () ->
        Processor.<Recent, String, Long, Long>keyed(
            Recent::new,
            new RecentCodec(),
            Duration.ofDays(1),
            (recent, key, value, timestamp, out) -> {
              long answer = detected(recent.values, value);
              out.emit(rekeys ? key(answer) : key, answer);
              recent.values.add(value);
              if (recent.values.size() > 3) {
                recent.values.remove(0);
              }
            });
  }

  private static long mapped(long value) {
    return value * 5 + 1;
  }

  /** Answers each event with the count and the sum of its key, itself included. */
  private static ProcessorFactory<String, Long, String> running() {
    return () ->
        Processor.<Recent, String, Long, String>keyed(
            Recent::new,
            new RecentCodec(),
            Duration.ofDays(1),
            (before, key, value, timestamp, out) -> {
              List<Long> totals = before.values;
              if (totals.isEmpty()) {
                totals.addAll(List.of(0L, 0L));
              }
              totals.set(0, totals.get(0) + 1);
              totals.set(1, totals.get(1) + value);
              out.emit(key, totals.get(0) + " " + totals.get(1));
            });
  }

  /** Depends on the last three values, and on their order. */
  private static long detected(List<Long> recent, long value) {
    long sum = value * 5;
    for (int i = 0; i < recent.size(); i++) {
      sum += (i + 1) * recent.get(i);
    }
    return sum % 1009;
  }

  private static String key(long value) {
    return "k" + value % 3;
  }

  static final class Recent {
    final List<Long> values = new ArrayList<>();
  }

  private record RecentCodec() implements Codec<Recent> {
    @Override
    public String name() {
      return "recent";
    }

    @Override
    public void write(Recent value, DataOutput out) throws IOException {
      out.writeInt(value.values.size());
      for (long each : value.values) {
        out.writeLong(each);
      }
    }

    @Override
    public Recent read(DataInput in, int version) throws IOException {
      Recent recent = new Recent();
      for (int left = in.readInt(); left > 0; left--) {
        recent.values.add(in.readLong());
      }
      return recent;
    }
  }

  private static TupleMapping<LongSum> sums() {
    return TupleMapping.<LongSum>columns().with("answer", sum -> sum.count() + " " + sum.value());
  }

  private static TupleMapping<String> totals() {
    return TupleMapping.<String>columns().with("answer", totals -> totals);
  }

  private static TupleMapping<Long> answers() {
    return TupleMapping.<Long>columns()
        .with("answer", answer -> Long.toString(answer))
        .with(TupleFields.VALUE, Variant::encode);
  }

  // Expected rows

  private record Event(long timestamp, int partition, long offset, String key, long value) {}

  private static final Comparator<Event> ORDER =
      Comparator.comparingLong(Event::timestamp)
          .thenComparingInt(Event::partition)
          .thenComparingLong(Event::offset);

  /** Returns the rows of a run without faults, by id, computed from the records. */
  Map<String, String> oracle(List<TopicRecord> records) {
    List<Event> events =
        records.stream()
            .filter(r -> isCompared(r.timestamp()) && !r.isUnreadable())
            .map(
                r ->
                    new Event(
                        r.timestamp(),
                        r.partition(),
                        r.offset(),
                        (String) r.key(),
                        decode(r.value())))
            .sorted(ORDER)
            .toList();
    return switch (this) {
      case TUMBLING, TUMBLING_LATE -> windows("a", events);
      case SESSION -> sessions(events);
      case DETECTOR -> rows("a", "0", detected(events));
      case RUNNING -> running(events);
      case CHAIN_MAP, CHAIN_LATE ->
          windows(
              "b",
              events.stream()
                  .map(
                      e ->
                          new Event(
                              e.timestamp,
                              e.partition,
                              e.offset,
                              key(mapped(e.value)),
                              mapped(e.value)))
                  .toList());
      case CHAIN_DETECTOR -> windows("b", keyed(detected(events)));
      case CHAIN_ORDERED -> rows("b", "0.0", detected(keyed(detected(events))));
    };
  }

  private static List<Event> detected(List<Event> events) {
    Map<String, List<Long>> recent = new HashMap<>();
    List<Event> answers = new ArrayList<>();
    for (Event e : events) {
      List<Long> values = recent.computeIfAbsent(e.key, key -> new ArrayList<>());
      List<Long> last = values.subList(Math.max(0, values.size() - 3), values.size());
      answers.add(new Event(e.timestamp, e.partition, e.offset, e.key, detected(last, e.value)));
      values.add(e.value);
    }
    return answers;
  }

  private static Map<String, String> running(List<Event> events) {
    Map<String, long[]> totals = new HashMap<>();
    Map<String, String> rows = new TreeMap<>();
    for (Event e : events) {
      long[] total = totals.computeIfAbsent(e.key, key -> new long[2]);
      total[0]++;
      total[1] += e.value;
      rows.put(id("a", e.partition, e.offset, "0"), total[0] + " " + total[1]);
    }
    return rows;
  }

  /** The id of an answer to a record. */
  static String id(String bolt, int partition, long offset, String ordinal) {
    return bolt + "/" + World.TOPIC + "/" + partition + "/" + offset + "/" + ordinal;
  }

  private static List<Event> keyed(List<Event> events) {
    return events.stream()
        .map(e -> new Event(e.timestamp, e.partition, e.offset, key(e.value), e.value))
        .toList();
  }

  private static Map<String, String> rows(String bolt, String ordinal, List<Event> answers) {
    Map<String, String> rows = new TreeMap<>();
    for (Event e : answers) {
      rows.put(id(bolt, e.partition, e.offset, ordinal), Long.toString(e.value));
    }
    return rows;
  }

  private static Map<String, String> windows(String bolt, List<Event> events) {
    Map<String, long[]> sums = new TreeMap<>();
    for (Event e : events) {
      long start = Math.floorDiv(e.timestamp, SIZE) * SIZE;
      long[] sum =
          sums.computeIfAbsent(
              bolt + "/" + e.key + "/0/" + start + "/" + (start + SIZE), id -> new long[2]);
      sum[0]++;
      sum[1] += e.value;
    }
    return texts(sums);
  }

  private static Map<String, String> sessions(List<Event> events) {
    Map<String, List<Event>> byKey = new TreeMap<>();
    events.forEach(e -> byKey.computeIfAbsent(e.key, k -> new ArrayList<>()).add(e));
    Map<String, long[]> sums = new TreeMap<>();
    byKey.forEach(
        (key, all) -> {
          for (int i = 0; i < all.size(); ) {
            long start = all.get(i).timestamp;
            long end = start;
            long[] sum = new long[2];
            do {
              end = all.get(i).timestamp + GAP;
              sum[0]++;
              sum[1] += all.get(i).value;
              i++;
            } while (i < all.size() && all.get(i).timestamp < end);
            sums.put("a/" + key + "/0/" + start + "/" + end, sum);
          }
        });
    return texts(sums);
  }

  private static Map<String, String> texts(Map<String, long[]> sums) {
    Map<String, String> texts = new TreeMap<>();
    sums.forEach((id, sum) -> texts.put(id, sum[0] + " " + sum[1]));
    return texts;
  }
}
