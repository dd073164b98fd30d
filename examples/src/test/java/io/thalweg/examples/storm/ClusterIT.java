package io.thalweg.examples.storm;

import io.thalweg.examples.demo.EmbeddedKafka;
import io.thalweg.examples.demo.KafkaTopics;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A {@link StormCluster} of several processes runs a pipeline out of the examples' topology jar, on
 * two workers. They are killed, the topology is rebalanced, and submitted again with more tasks.
 * The rows are those of a run in which nothing happened.
 */
class ClusterIT {

  private static final int PARTITIONS = 3;
  private static final String NAME = "cluster";

  @TempDir private Path folder;

  @Test
  void workersDie_tasksMove_andTheirNumberChanges() throws URISyntaxException {
    try (EmbeddedKafka kafka = EmbeddedKafka.start();
        KafkaTopics topics = KafkaTopics.of(kafka.bootstrapServers());
        StormCluster storm = StormCluster.start(folder.resolve("storm"))) {
      topics.create(NAME, PARTITIONS);
      Pipeline pipeline = new Pipeline(kafka.bootstrapServers(), NAME, NAME, folder, 2);
      Rows rows = pipeline.rows();
      rows.create();
      try (Feed feed =
          new Feed(
              kafka.bootstrapServers(),
              NAME,
              PARTITIONS,
              60_000,
              29,
              // its classes come with the topology
              Map.of(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4"))) {
        submit(storm, pipeline);
        feed.write(600);
        storm.await("the first rows", () -> rows.count() > 0);

        storm.killWorker(NAME, "windows");
        feed.write(600);
        takenUp(storm, topics);

        feed.write(600);
        storm.killWorker(NAME, "readings");
        takenUp(storm, topics);

        feed.write(300);
        storm.rebalance(NAME, 1, Map.of("windows", 1, "detector", 1));
        feed.write(300);
        takenUp(storm, topics);

        feed.write(300);
        storm.kill(NAME, 2);
        feed.write(300);
        Pipeline larger = new Pipeline(kafka.bootstrapServers(), NAME, NAME, folder, 3);
        submit(storm, larger);
        larger.announceEnd();

        Expected expected = new Expected().with(topics.id(NAME).toString(), feed.read());
        storm.await("the last rows", () -> rows.count() >= expected.count());
        storm.kill(NAME, 0);
        expected.assertEqualTo(rows);
      }
    }
  }

  /** Waits until all that is written is in state that is kept. */
  private static void takenUp(StormCluster storm, KafkaTopics topics) {
    storm.await(
        "everything is taken up", () -> topics.position(NAME, NAME).equals(topics.ends(NAME)));
  }

  private static void submit(StormCluster storm, Pipeline pipeline) throws URISyntaxException {
    Path classes =
        Path.of(Submit.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    storm.submit(
        pipeline.name(),
        Submit.WORKERS,
        Path.of(System.getProperty("topology.jar")),
        classes,
        Submit.class,
        List.of(
            pipeline.bootstrapServers(),
            pipeline.topic(),
            pipeline.name(),
            pipeline.folder().toString(),
            Integer.toString(pipeline.tasks()),
            classes.toString()));
  }
}
