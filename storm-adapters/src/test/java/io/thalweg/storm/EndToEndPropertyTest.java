package io.thalweg.storm;

import static io.thalweg.storm.kafka.Readings.record;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.storm.BoltHarness.EmittedTuple;
import io.thalweg.storm.jdbc.JdbcSink;
import io.thalweg.storm.jdbc.JdbcSinkTest;
import io.thalweg.storm.kafka.Readings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.storm.kafka.spout.RecordTranslator;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.tuple.Tuple;

/** Source, bolt and sink on real tuples, with failures and repetitions at random. */
class EndToEndPropertyTest {

  private final RecordTranslator<byte[], byte[]> translator =
      Readings.translator(Readings.source());

  private static List<ConsumerRecord<byte[], byte[]>> records(Random random) {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    long[] next = new long[3];
    for (int i = 0; i < 200; i++) {
      int partition = random.nextInt(3);
      next[partition] += 1 + (random.nextInt(10) == 0 ? random.nextInt(3000) : 0);
      String key = "key" + partition + random.nextInt(2);
      records.add(record(partition, next[partition], key, 1_000 + i, random.nextInt(20)));
    }
    return records;
  }

  /** Returns the expected value of each result id. */
  private static Map<String, Long> expected(List<ConsumerRecord<byte[], byte[]>> applied) {
    Map<String, Long> sums = new HashMap<>();
    Map<String, Long> results = new LinkedHashMap<>();
    for (ConsumerRecord<byte[], byte[]> record : applied) {
      String id =
          "sums/" + Readings.TOPIC_ID + "/" + record.partition() + "/" + record.offset() + "/";
      long number = Readings.decode(record.value());
      if (number != 13 && number != 14) {
        results.put(id + 0, sums.merge(new String(record.key()), number, Long::sum));
        if (number % 2 == 0) {
          results.put(id + 1, -number);
        }
      }
    }
    return results;
  }

  @Property(tries = 100)
  void outputs_underRepetitionsAndLostResults_areThoseOfAFailureFreeRun(@ForAll long seed) {
    Random random = new Random(seed);
    BoltHarness rig = new BoltHarness(Readings.topology(Readings.bolt()));
    BoltHarness.Task task = rig.start("sums");
    List<ConsumerRecord<byte[], byte[]>> applied = new ArrayList<>();
    Map<String, Long> delivered = new HashMap<>();
    Map<String, Object> numbers = new HashMap<>();
    ArrayDeque<ConsumerRecord<byte[], byte[]>> pending = new ArrayDeque<>(records(random));
    List<ConsumerRecord<byte[], byte[]>> failed = new ArrayList<>();
    List<ConsumerRecord<byte[], byte[]>> done = new ArrayList<>();
    while (!pending.isEmpty() || !failed.isEmpty()) {
      ConsumerRecord<byte[], byte[]> record;
      if (pending.isEmpty() || !failed.isEmpty() && random.nextInt(3) == 0) {
        record = failed.remove(random.nextInt(failed.size()));
      } else if (!done.isEmpty() && random.nextInt(10) == 0) {
        record = done.get(random.nextInt(done.size())); // acked, but the commit came too late
      } else {
        record = pending.poll();
      }
      if (random.nextInt(10) == 0 && !failed.contains(record)) {
        failed.add(record); // lost on its way to the bolt: newer ones come first
        continue;
      }
      if (!applied.contains(record)) {
        applied.add(record);
      }
      Tuple tuple = rig.tuple("numbers", "default", translator.apply(record));
      List<EmittedTuple> emissions = task.execute(tuple);
      boolean lost = random.nextInt(5) == 0;
      for (EmittedTuple emission : emissions) {
        assertThat(emission.anchors()).containsExactly(tuple);
        if (emission.stream().equals("default") && !(lost && random.nextBoolean())) {
          String id = (String) emission.get("id");
          Object before = delivered.put(id, (Long) emission.get("sum"));
          assertThat(before).isIn(null, emission.get("sum"));
          assertThat(numbers.putIfAbsent(id, emission.get("number")))
              .isIn(null, emission.get("number"));
        }
      }
      assertThat(task.recorder().acked).last().isEqualTo(tuple);
      if (lost && !emissions.isEmpty()) {
        failed.add(record);
      } else if (!done.contains(record)) {
        done.add(record);
      }
    }
    assertThat(delivered).as("seed %d", seed).isEqualTo(expected(applied));
    assertThat(task.recorder().counter("applied")).isEqualTo(200);
    assertThat(task.recorder().failed).isEmpty();
  }

  @Property(tries = 20)
  void rows_underRepetitionsInAnyOrder_convergeToTheNewestVersions(@ForAll long seed)
      throws Exception {
    Random random = new Random(seed);
    Path folder = Files.createTempDirectory("thalweg");
    String url = "jdbc:sqlite:" + folder.resolve("rows.db");
    BoltHarness rig = new BoltHarness(withSink(url, false));
    BoltHarness.Task bolt = rig.start("sums");
    List<Tuple> results = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record : records(random)) {
      for (EmittedTuple e :
          bolt.execute(rig.tuple("numbers", "default", translator.apply(record)))) {
        if (e.stream().equals("default")) {
          results.add(e.tuple());
          if (random.nextInt(4) == 0) {
            results.add(e.tuple());
          }
        }
      }
    }
    Map<String, Long> newest = new HashMap<>();
    results.forEach(r -> newest.put(r.getStringByField("id"), r.getLongByField("sum")));
    Collections.shuffle(results, random);
    BoltHarness.Task sink = rig.start("rows");
    results.forEach(sink::execute);
    sink.execute(rig.tick());
    assertThat(sink.recorder().acked).containsExactlyInAnyOrderElementsOf(results);
    assertThat(JdbcSinkTest.query(url, "SELECT id, sum FROM sums"))
        .as("seed %d", seed)
        .containsExactlyInAnyOrderElementsOf(
            newest.entrySet().stream().map(e -> e.getKey() + " " + e.getValue()).toList());
    sink.bolt().cleanup();
    Files.delete(folder.resolve("rows.db"));
    Files.delete(folder);
  }

  @Example
  void facts_whenTheTopicIsReadAgainByANewTopology_stayAsTheyWereRowForRow() throws Exception {
    Path folder = Files.createTempDirectory("thalweg");
    String url = "jdbc:sqlite:" + folder.resolve("rows.db");
    List<ConsumerRecord<byte[], byte[]>> records = records(new Random(1));
    List<String> first = run(url, records);
    List<String> second = run(url, records);
    assertThat(first).hasSize(expected(records).size());
    assertThat(second).isEqualTo(first);
    Files.delete(folder.resolve("rows.db"));
    Files.delete(folder);
  }

  private List<String> run(String url, List<ConsumerRecord<byte[], byte[]>> records) {
    BoltHarness rig = new BoltHarness(withSink(url, true));
    BoltHarness.Task bolt = rig.start("sums");
    BoltHarness.Task sink = rig.start("rows");
    for (ConsumerRecord<byte[], byte[]> record : records) {
      for (EmittedTuple e :
          bolt.execute(rig.tuple("numbers", "default", translator.apply(record)))) {
        if (e.stream().equals("default")) {
          sink.execute(e.tuple());
        }
      }
    }
    sink.execute(rig.tick());
    sink.bolt().cleanup();
    return JdbcSinkTest.query(url, "SELECT rowid, * FROM sums ORDER BY rowid");
  }

  private static TopologyBuilder withSink(String url, boolean once) {
    TopologyBuilder builder = Readings.topology(Readings.bolt());
    JdbcSink sink =
        new JdbcSink(url, "sums")
            .withSetup("PRAGMA synchronous = OFF") // nobody pulls the plug here
            .withSetup(JdbcSinkTest.TABLE)
            .withColumn("group", TupleFields.KEY)
            .withColumn("sum", "sum")
            .withColumn("epoch", TupleFields.EPOCH)
            .withColumn("number", TupleFields.NUMBER);
    if (once) {
      sink.insertOnce();
    }
    builder.setBolt("rows", sink, 1).globalGrouping("sums");
    return builder;
  }
}
