package io.thalweg.examples.readings;

import io.thalweg.examples.runtime.CommandLines;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Command-line options of the simulated sensors. */
public final class SimulatorOptions {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--devices",
      paramLabel = "N",
      description = "Number of sensors (default: ${DEFAULT-VALUE}).")
  private int devices;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of every value and every anomaly (default: ${DEFAULT-VALUE}).")
  private long seed = 42;

  /**
   * The options with their defaults.
   *
   * @param devices the number of sensors
   */
  public SimulatorOptions(int devices) {
    this.devices = devices;
  }

  /** Checks the options. */
  public void check() {
    CommandLines.check(
        command, devices >= 1 && devices <= 100_000, "--devices must be 1 to 100000: " + devices);
  }

  /**
   * Returns the number of simulated devices.
   *
   * @return at least 1
   */
  int devices() {
    return devices;
  }

  /**
   * Returns a new simulator.
   *
   * @return at its beginning
   */
  SensorSimulator simulator() {
    return new SensorSimulator(devices, seed);
  }
}
