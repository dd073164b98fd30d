package io.thalweg.examples.sensors;

import io.thalweg.examples.readings.Readings;
import io.thalweg.examples.runtime.Submission;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Submits the topology to a Storm cluster. */
@Command(
    name = "storm jar thalweg-examples-topology.jar io.thalweg.examples.sensors.SubmitSensors",
    description = "Submits the sensor topology to a Storm cluster.")
public final class SubmitSensors implements Callable<Integer> {

  @Mixin private Submission submission = new Submission("sensors");
  @Mixin private DetectorOptions detector = new DetectorOptions();

  @Override
  public Integer call() {
    SensorTopology topology = new SensorTopology(submission.settings(), detector.detector());
    return submission.submit(
        topology.build(),
        (topics, create) -> Readings.prepareTopics(topics, create, SensorTopology.ALERTS));
  }

  /**
   * Submits the topology.
   *
   * @param args the options
   */
  public static void main(String[] args) {
    Submission.execute(new SubmitSensors(), args);
  }
}
