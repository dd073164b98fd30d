package io.thalweg.examples.leaderboard;

import io.thalweg.anomaly.ZScore;
import io.thalweg.examples.readings.Detector;
import io.thalweg.examples.readings.Readings;
import io.thalweg.examples.runtime.CommandLines;
import io.thalweg.examples.runtime.Submission;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Submits the topology to a Storm cluster. */
@Command(
    name =
        "storm jar thalweg-examples-topology.jar"
            + " io.thalweg.examples.leaderboard.SubmitLeaderboard",
    description = "Submits the leaderboard topology to a Storm cluster.")
public final class SubmitLeaderboard implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Mixin private Submission submission = new Submission("leaderboard");

  @Option(
      names = "--detector-tasks",
      paramLabel = "N",
      description = "Number of detector tasks (default: ${DEFAULT-VALUE}).")
  private int detectorTasks = 2;

  @Override
  public Integer call() {
    CommandLines.check(
        command,
        detectorTasks >= 1 && detectorTasks <= 1000,
        "--detector-tasks must be 1 to 1000: " + detectorTasks);
    LeaderboardTopology topology =
        new LeaderboardTopology(
            submission.settings(),
            new Detector(Detector.Preset.DEFAULT, ZScore.THRESHOLD),
            detectorTasks,
            LeaderboardTopology.TICK);
    return submission.submit(
        topology.build(), (topics, create) -> Readings.prepareTopics(topics, create));
  }

  /**
   * Submits the topology.
   *
   * @param args the options
   */
  public static void main(String[] args) {
    Submission.execute(new SubmitLeaderboard(), args);
  }
}
