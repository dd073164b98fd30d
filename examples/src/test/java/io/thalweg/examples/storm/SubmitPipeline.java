package io.thalweg.examples.storm;

import java.nio.file.Path;
import org.apache.storm.Config;
import org.apache.storm.StormSubmitter;

/** Program that submits a {@link Pipeline} to a cluster. */
final class SubmitPipeline {

  static final int WORKERS = 2;

  private SubmitPipeline() {}

  public static void main(String[] args) throws Exception {
    Pipeline pipeline =
        new Pipeline(args[0], args[1], args[2], Path.of(args[3]), Integer.parseInt(args[4]));
    Config config = pipeline.config();
    config.setNumWorkers(WORKERS);
    config.put(Config.TOPOLOGY_CLASSPATH, args[5]);
    StormSubmitter.submitTopology(pipeline.name(), config, pipeline.topology().createTopology());
  }
}
