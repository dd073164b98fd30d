package io.thalweg.examples.storm;

import static org.awaitility.Awaitility.await;

import io.thalweg.examples.runtime.EmbeddedKafka;
import io.thalweg.examples.runtime.KafkaTopics;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pipelines during an outage of the databases and of Kafka. */
class OutageTest {

  private static final int PARTITIONS = 3;

  @TempDir private Path folder;

  @Test
  void rows_databasesLockedAndKafkaDown_areComplete() throws SQLException {
    try (EmbeddedKafka kafka = EmbeddedKafka.start();
        KafkaTopics topics = KafkaTopics.of(kafka.bootstrapServers())) {
      topics.create("outages", PARTITIONS);
      Pipeline pipeline = new Pipeline(kafka.bootstrapServers(), "outages", "outages", folder, 2);
      ResultTables tables = pipeline.tables();
      tables.create();
      try (ReadingProducer producer =
              new ReadingProducer(
                  kafka.bootstrapServers(), "outages", PARTITIONS, 60_000, 3, Map.of());
          WorkerProcess worker = WorkerProcess.start(pipeline)) {
        producer.write(500);
        worker.awaitCountAbove(tables, 0);

        int before;
        try (Connection state = DriverManager.getConnection("jdbc:sqlite:" + pipeline.stateFile());
            Connection results = DriverManager.getConnection(tables.url());
            Statement stateLock = state.createStatement();
            Statement resultsLock = results.createStatement()) {
          stateLock.execute("BEGIN IMMEDIATE");
          resultsLock.execute("BEGIN IMMEDIATE");
          before = tables.count();
          producer.write(400);
          assertAlive(worker, Duration.ofSeconds(10));
        }
        worker.awaitCountAbove(tables, before);

        producer.write(300);
        kafka.interrupt();
        assertAlive(worker, Duration.ofSeconds(20));
        kafka.resume();
        before = tables.count();
        producer.write(500);
        worker.awaitCountAbove(tables, before);

        worker.finish();
        new ExpectedRows()
            .add(topics.id("outages").toString(), producer.read())
            .assertEqualTo(tables);
      }
    }
  }

  private static void assertAlive(WorkerProcess worker, Duration time) {
    await().during(time).atMost(time.plusSeconds(5)).until(worker::isAlive);
  }
}
