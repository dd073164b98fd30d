package io.thalweg.examples.leaderboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.examples.readings.Reading;
import io.thalweg.examples.readings.Readings;
import io.thalweg.examples.runtime.CommandLines;
import io.thalweg.examples.runtime.EmbeddedKafka;
import io.thalweg.examples.storm.ReadingProducer;
import io.thalweg.rank.Standings;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** Complete run of the command with a broker, a cluster and a database, and error messages. */
class LeaderboardCommandTest {

  @Test
  void call_timeLapse_writesStandingsOfTheTopic(@TempDir Path folder) {
    Path database = folder.resolve("leaderboard.db");
    StringWriter out = new StringWriter();
    try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
      int code =
          CommandLines.of(new LeaderboardCommand())
              .setOut(new PrintWriter(out))
              .execute(
                  "--bootstrap-servers=" + kafka.bootstrapServers(),
                  "--create-topics",
                  "--database=" + database,
                  "--duration=12s",
                  "--time-lapse=60",
                  "--rate=10",
                  "--devices=4",
                  "--seed=7");
      assertThat(code).as("%s", out).isZero();
      Map<Long, Standings<String, Long>> rows = new TreeMap<>();
      for (StandingsTable.Row row : StandingsTable.rows(database)) {
        assertThat(row.isFinal()).as("%s", row).isTrue();
        rows.put(row.start(), row.standings());
      }
      // twelve minutes of event time overlap three or four windows
      assertThat(rows).as("%s", out).hasSizeBetween(3, 4);
      assertThat(rows)
          .isEqualTo(
              NaiveStandings.of(
                  ReadingProducer.read(kafka.bootstrapServers(), Readings.TOPIC).stream()
                      .map(record -> Reading.parse(record.key(), record.value()))
                      .toList()));
    }
    assertThat(out.toString())
        .contains("; 0 late, 0 dead-lettered")
        .contains("event time runs 60 times as fast; the standings so far every 1 s")
        .containsPattern("[34] finished windows:")
        .containsPattern("\\d\\d:\\d[05]–\\d\\d:\\d[05]   1\\. sensor-\\d +\\d+ ")
        .contains("database: " + database + ", table leaderboard");
  }

  private static CommandLine command(StringWriter err) {
    return CommandLines.of(new LeaderboardCommand()).setErr(new PrintWriter(err));
  }

  @Test
  void command_invalidDatabase_printsRemedyInOneLine(@TempDir Path folder) {
    for (Path database : List.of(folder, folder.resolve("no/such.db"), folder.resolve("a?b"))) {
      StringWriter err = new StringWriter();
      assertThat(command(err).execute("--database=" + database)).isEqualTo(1);
      assertThat(err.toString()).startsWith("error: ").contains("--database").hasLineCount(1);
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
  void command_invalidOption_printsErrorInOneLine(String option, String message) {
    StringWriter err = new StringWriter();
    assertThat(command(err).execute(option)).isEqualTo(2);
    assertThat(err.toString()).contains(message).hasLineCount(1);
  }
}
