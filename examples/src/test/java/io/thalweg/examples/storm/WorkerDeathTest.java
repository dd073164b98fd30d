package io.thalweg.examples.storm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.examples.runtime.EmbeddedKafka;
import io.thalweg.examples.runtime.KafkaTopics;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Workers die and others take over, on a real broker: killed without a word, replaced while they
 * still live, stopped in good order, by as many tasks or more or fewer; or by themselves, when
 * their topic was replaced. The rows are those of a run in which nothing happened.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WorkerDeathTest {

  private static final int PARTITIONS = 3;

  private EmbeddedKafka kafka;
  private KafkaTopics topics;

  @TempDir private Path folder;

  @BeforeAll
  void start() {
    kafka = EmbeddedKafka.start();
    topics = KafkaTopics.of(kafka.bootstrapServers());
  }

  @AfterAll
  void stop() {
    topics.close();
    kafka.close();
  }

  private Pipeline pipeline(String name, int tasks) {
    return new Pipeline(kafka.bootstrapServers(), name, name, folder, tasks);
  }

  @Test
  void taskThatDies_isReplaced_byAsManyOrMoreOrFewer() {
    topics.create("deaths", PARTITIONS);
    Rows rows = pipeline("deaths", 2).rows();
    rows.create();
    try (Feed feed = new Feed(kafka.bootstrapServers(), "deaths", PARTITIONS, 60_000, 1, Map.of());
        Worker first = Worker.start(pipeline("deaths", 2))) {
      feed.write(800);
      first.awaitMore(rows, 0);
      first.kill();
      feed.write(600);
      int before = rows.count();
      try (Worker second = Worker.start(pipeline("deaths", 2))) {
        second.awaitMore(rows, before);
        feed.write(600);
        // the second does not know that it is replaced
        try (Worker third = Worker.start(pipeline("deaths", 3))) {
          second.awaitDeath();
          assertThat(second.log()).contains("FencedException");
          before = rows.count();
          feed.write(600);
          third.awaitMore(rows, before);
          third.stop();
          feed.write(400);
          try (Worker fourth = Worker.start(pipeline("deaths", 1)).ready()) {
            fourth.end();
          }
        }
      }
      new Expected().with(topics.id("deaths").toString(), feed.read()).assertEqualTo(rows);
    }
  }

  @Test
  void topicMadeAnew_isReadFromItsBeginning_byTheNextWorker() throws Exception {
    topics.create("anew", PARTITIONS);
    Rows rows = pipeline("anew", 2).rows();
    rows.create();
    Expected expected = new Expected();
    try (Feed feed = new Feed(kafka.bootstrapServers(), "anew", PARTITIONS, 7);
        Worker first = Worker.start(pipeline("anew", 2))) {
      feed.write(400);
      List<ConsumerRecord<byte[], byte[]>> old = feed.read();
      expected.with(topics.id("anew").toString(), old);
      // everything is taken up, but the last windows are open
      first.awaitAlive(() -> topics.position("anew", "anew").equals(topics.ends("anew")));
      String oldId = topics.id("anew").toString();
      try (Admin admin =
          Admin.create(
              Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers()))) {
        admin.deleteTopics(List.of("anew")).all().get();
      }
      await()
          .atMost(Worker.LIMIT)
          .ignoreExceptions()
          .until(
              () -> {
                topics.create("anew", PARTITIONS);
                return !topics.id("anew").toString().equals(oldId);
              });
      first.awaitDeath();
      assertThat(first.log()).contains("topic must not be deleted");
      feed.write(400);
      expected.with(topics.id("anew").toString(), feed.read());
      try (Worker second = Worker.start(pipeline("anew", 2)).ready()) {
        second.end();
      }
      expected.assertEqualTo(rows);
    }
  }
}
