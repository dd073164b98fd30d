package io.thalweg.storm.testing;

/** Ends a task where it stands; an error, so that no bolt takes it for a failure of its own. */
final class TaskKilledException extends Error {

  private static final long serialVersionUID = 1;

  TaskKilledException() {
    super("killed by the simulation", null, false, false);
  }
}
