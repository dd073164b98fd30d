package io.thalweg.examples.fraud;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.examples.runtime.CommandLines;
import io.thalweg.examples.runtime.EmbeddedKafka;
import io.thalweg.examples.runtime.KafkaTopics;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** The command in both modes, and its training and skew on the results. */
class FraudCommandTest {

  private static final String UNKNOWN_REPORT =
      "{\"type\":\"fraud_report\",\"id\":99999999,\"timestamp\":1533686400000,\"customer\":\"c1\","
          + "\"terminal\":\"t1\"}";
  private static final String NAN_AMOUNT =
      "{\"type\":\"transaction\",\"id\":99999998,\"timestamp\":1533686400000,\"customer\":\"c1\","
          + "\"terminal\":\"t1\",\"amount\":\"NaN\"}";

  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int execute(String... arguments) {
    CommandLine line = CommandLines.of(new FraudCommand());
    return line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err)).execute(arguments);
  }

  @Test
  void fraud_withBadRecords_decidesOnTheOthersAndLogsTheirFeatures() throws Exception {
    Path database = folder.resolve("fraud.db");
    try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
      try (KafkaTopics topics = KafkaTopics.of(kafka.bootstrapServers())) {
        FraudTopology.prepareTopics(topics, true);
      }
      write(kafka, FraudStream.TRANSACTIONS, "garbage", NAN_AMOUNT);
      int code =
          execute(
              "--bootstrap-servers=" + kafka.bootstrapServers(),
              "--customers=100",
              "--rate=500",
              "--duration=3s",
              "--emission=effectively-once",
              "--database=" + database);

      assertThat(err.toString()).isEmpty();
      assertThat(code).isZero();
      assertThat(out.toString())
          .contains("0 late, 2 dead-lettered")
          .containsPattern("skew +0 of [1-9][0-9,]* logged rows differ")
          .contains("0 transactions have no row");

      write(kafka, FraudStream.REPORTS, UNKNOWN_REPORT);
      assertThat(
              execute(
                  "skew",
                  "--bootstrap-servers=" + kafka.bootstrapServers(),
                  "--database=" + database))
          .isZero();
    }
    Path model = folder.resolve("model.txt");
    int trained =
        execute(
            "train",
            "--database=" + database,
            "--from=2018-08-08",
            "--to=2018-08-09",
            "--output=" + model);
    // a day has few frauds, and perhaps none that is reported
    assertThat(trained == 0 ? Files.readString(model) : err.toString())
        .containsAnyOf("tree", "with reported frauds: let the fraud command run");
  }

  private static void write(EmbeddedKafka kafka, String topic, String... values) {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      List.of(values)
          .forEach(value -> producer.send(new ProducerRecord<>(topic, value.getBytes(UTF_8))));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --rate=0            | --rate must be 1 to 50000: 0
          --from=2018-05-07   | --from must be from 2018-05-08 to 2018-09-30: 2018-05-07
          --customers=99      | --customers must be 100 to 5000: 99
          --threshold=2       | --threshold must be 0 to 1: 2.0
          --emission=sometime | --emission
          """)
  void fraud_badOption_namesTheRule(String option, String message) {
    assertThat(execute(option)).isEqualTo(2);
    assertThat(err.toString()).contains(message);
  }

  @Test
  void train_withoutDecisions_namesTheRemedy() {
    int code =
        execute(
            "train",
            "--database=" + folder.resolve("empty.db"),
            "--from=2018-08-08",
            "--to=2018-08-15",
            "--output=" + folder.resolve("model.txt"));
    assertThat(code).isEqualTo(1);
    assertThat(err.toString()).contains("with reported frauds: let the fraud command run");
  }

  @Test
  void evaluate_badOption_namesTheRule() {
    assertThat(execute("evaluate", "--worlds=0")).isEqualTo(2);
    assertThat(err.toString()).contains("--worlds must be 1 to 100: 0");
  }
}
