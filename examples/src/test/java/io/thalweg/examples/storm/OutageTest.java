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

/** What a pipeline depends on goes away for a while and comes back; the pipeline goes on. */
class OutageTest {

  private static final int PARTITIONS = 3;

  @TempDir private Path folder;

  @Test
  void lockedDatabases_andKafkaAway_areWaitedFor_longerThanTuplesLive() throws SQLException {
    try (EmbeddedKafka kafka = EmbeddedKafka.start();
        KafkaTopics topics = KafkaTopics.of(kafka.bootstrapServers())) {
      topics.create("outages", PARTITIONS);
      Pipeline pipeline = new Pipeline(kafka.bootstrapServers(), "outages", "outages", folder, 2);
      Rows rows = pipeline.rows();
      rows.create();
      try (Feed feed =
              new Feed(kafka.bootstrapServers(), "outages", PARTITIONS, 60_000, 3, Map.of());
          Worker worker = Worker.start(pipeline)) {
        feed.write(500);
        worker.awaitMore(rows, 0);

        int before;
        try (Connection state = DriverManager.getConnection("jdbc:sqlite:" + pipeline.stateFile());
            Connection results = DriverManager.getConnection(rows.url());
            Statement stateLock = state.createStatement();
            Statement resultsLock = results.createStatement()) {
          stateLock.execute("BEGIN IMMEDIATE");
          resultsLock.execute("BEGIN IMMEDIATE");
          before = rows.count();
          feed.write(400);
          alive(worker, Duration.ofSeconds(10));
        }
        worker.awaitMore(rows, before);

        feed.write(300);
        kafka.interrupt();
        alive(worker, Duration.ofSeconds(20));
        kafka.resume();
        before = rows.count();
        feed.write(500);
        worker.awaitMore(rows, before);

        worker.end();
        new Expected().with(topics.id("outages").toString(), feed.read()).assertEqualTo(rows);
      }
    }
  }

  private static void alive(Worker worker, Duration time) {
    await().during(time).atMost(time.plusSeconds(5)).until(worker::isAlive);
  }
}
