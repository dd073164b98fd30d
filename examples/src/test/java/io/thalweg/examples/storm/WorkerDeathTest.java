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
 * Replacement of workers: killed, replaced while they still run, stopped cleanly, with the same
 * number of tasks, more or fewer; or ended by themselves because their topic was recreated. The
 * rows must equal {@link ExpectedRows}.
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
  void rows_workersKilledAndReplaced_areComplete() {
    topics.create("replaced", PARTITIONS);
    ResultTables tables = pipeline("replaced", 2).tables();
    tables.create();
    try (ReadingProducer producer =
            new ReadingProducer(
                kafka.bootstrapServers(), "replaced", PARTITIONS, 60_000, 1, Map.of());
        WorkerProcess first = WorkerProcess.start(pipeline("replaced", 2))) {
      producer.write(800);
      first.awaitCountAbove(tables, 0);
      first.kill();
      producer.write(600);
      int before = tables.count();
      try (WorkerProcess second = WorkerProcess.start(pipeline("replaced", 2))) {
        second.awaitCountAbove(tables, before);
        producer.write(600);
        // the second worker still runs while the third one starts
        try (WorkerProcess third = WorkerProcess.start(pipeline("replaced", 3))) {
          second.awaitExit();
          assertThat(second.log()).contains("FencedException");
          before = tables.count();
          producer.write(600);
          third.awaitCountAbove(tables, before);
          third.stop();
          producer.write(400);
          try (WorkerProcess fourth = WorkerProcess.start(pipeline("replaced", 1)).awaitReady()) {
            fourth.finish();
          }
        }
      }
      new ExpectedRows()
          .add(topics.id("replaced").toString(), producer.read())
          .assertEqualTo(tables);
    }
  }

  @Test
  void rows_topicRecreated_areThoseOfBothTopics() throws Exception {
    topics.create("recreated", PARTITIONS);
    ResultTables tables = pipeline("recreated", 2).tables();
    tables.create();
    ExpectedRows expected = new ExpectedRows();
    try (ReadingProducer producer =
            new ReadingProducer(kafka.bootstrapServers(), "recreated", PARTITIONS, 7);
        WorkerProcess first = WorkerProcess.start(pipeline("recreated", 2))) {
      producer.write(400);
      List<ConsumerRecord<byte[], byte[]>> old = producer.read();
      expected.add(topics.id("recreated").toString(), old);
      // all offsets are committed, but the last windows are open
      first.awaitWhileAlive(
          () -> topics.position("recreated", "recreated").equals(topics.ends("recreated")));
      String oldId = topics.id("recreated").toString();
      try (Admin admin =
          Admin.create(
              Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers()))) {
        admin.deleteTopics(List.of("recreated")).all().get();
      }
      await()
          .atMost(WorkerProcess.LIMIT)
          .ignoreExceptions()
          .until(
              () -> {
                topics.create("recreated", PARTITIONS);
                return !topics.id("recreated").toString().equals(oldId);
              });
      first.awaitExit();
      assertThat(first.log()).contains("topic must not be deleted");
      producer.write(400);
      expected.add(topics.id("recreated").toString(), producer.read());
      try (WorkerProcess second = WorkerProcess.start(pipeline("recreated", 2)).awaitReady()) {
        second.finish();
      }
      expected.assertEqualTo(tables);
    }
  }
}
