package io.thalweg.examples.leaderboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.examples.demo.CommandLines;
import io.thalweg.examples.demo.DemoException;
import io.thalweg.examples.demo.EmbeddedKafka;
import io.thalweg.examples.demo.KafkaTopics;
import io.thalweg.examples.demo.StopSignal;
import io.thalweg.examples.sensors.Reading;
import io.thalweg.examples.sensors.Readings;
import io.thalweg.rank.Standings;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** A whole run, as the command makes it, with a broker, a cluster and a database. */
class LeaderboardRunTest {

  @Test
  void call_inTimeLapse_closesWindowsWithTheStandingsOfWhatTheTopicHolds(@TempDir Path folder) {
    Path database = folder.resolve("leaderboard.db");
    StringWriter out = new StringWriter();
    try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
      LeaderboardRun.Options options =
          new LeaderboardRun.Options(
              Duration.ofSeconds(12),
              60,
              10,
              4,
              7,
              database,
              kafka.bootstrapServers(),
              true,
              "group");
      int code = new LeaderboardRun(options, new PrintWriter(out), new StopSignal()).call();
      assertThat(code).as("%s", out).isZero();
      Map<Long, Standings<String, Long>> rows = new TreeMap<>();
      for (StandingsTable.Row row : StandingsTable.rows(database)) {
        assertThat(row.isFinal()).as("%s", row).isTrue();
        rows.put(row.start(), row.standings());
      }
      // twelve minutes of event time touch three windows or four
      assertThat(rows).as("%s", out).hasSizeBetween(3, 4);
      assertThat(rows).isEqualTo(NaiveStandings.of(readings(kafka.bootstrapServers())));
    }
    assertThat(out.toString())
        .contains("; 0 late, 0 dead-lettered")
        .contains("event time runs 60 times as fast; the standings so far every 1 s")
        .containsPattern("[34] finished windows:")
        .containsPattern("\\d\\d:\\d[05]–\\d\\d:\\d[05]   1\\. sensor-\\d +\\d+ ")
        .contains("database: " + database + ", table leaderboard");
  }

  private static List<Reading> readings(String bootstrapServers) {
    List<Reading> readings = new ArrayList<>();
    try (KafkaTopics topics = KafkaTopics.of(bootstrapServers);
        KafkaConsumer<byte[], byte[]> consumer =
            new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrapServers, "auto.offset.reset", "earliest"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
      Map<TopicPartition, Long> ends = new HashMap<>();
      topics
          .ends(Readings.TOPIC)
          .forEach(
              (partition, end) -> ends.put(new TopicPartition(Readings.TOPIC, partition), end));
      consumer.assign(ends.keySet());
      while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
        consumer
            .poll(Duration.ofSeconds(1))
            .forEach(record -> readings.add(Reading.parse(record.key(), record.value())));
      }
    }
    return readings;
  }

  @Test
  void call_databaseThatCannotBe_saysWhatToDo(@TempDir Path folder) {
    for (Path database : List.of(folder, folder.resolve("no/such.db"), folder.resolve("a?b"))) {
      LeaderboardRun run =
          new LeaderboardRun(
              new LeaderboardRun.Options(
                  Duration.ofSeconds(1), 1, 1, 1, 1, database, null, true, "g"),
              new PrintWriter(new StringWriter()),
              new StopSignal());
      assertThatThrownBy(run::call)
          .isInstanceOf(DemoException.class)
          .hasMessageStartingWith("--database must be a file in a folder that exists");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --time-lapse=0        | --time-lapse must be 1 to 300: 0
          --time-lapse=301      | --time-lapse must be 1 to 300: 301
          --rate=0              | --rate times --time-lapse must be 1 to 20000: 0 times 1
          --rate=20001          | --rate times --time-lapse must be 1 to 20000: 20001 times 1
          --devices=0           | --devices must be 1 to 100000: 0
          --group-id=           | --group-id must not be empty
          --bootstrap-servers=  | --bootstrap-servers must not be empty
          --duration=25h        | must be 1s to 24h, such as 90, 90s, 5m or 1h: 25h
          """)
  void command_badOption_isOneLine(String option, String message) {
    StringWriter err = new StringWriter();
    CommandLine line = CommandLines.of(new LeaderboardCommand()).setErr(new PrintWriter(err));
    assertThat(line.execute(option)).isEqualTo(2);
    assertThat(err.toString()).contains(message).hasLineCount(1);
  }
}
