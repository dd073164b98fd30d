package io.thalweg.storm.testing;

/** Signal that ends a task abruptly; an error, so that bolts do not catch it as an exception. */
final class TaskKilledException extends Error {

  private static final long serialVersionUID = 1;

  TaskKilledException() {
    super("killed by the simulation", null, false, false);
  }
}
