package io.thalweg.storm.testing;

import org.apache.storm.tuple.Tuple;

/** One start of a task. */
abstract class TaskInstance {

  final Deployment deployment;
  final int task;
  final String component;
  final int index;
  final long uid;
  boolean alive = true;

  TaskInstance(Deployment deployment, int task, long uid) {
    this.deployment = deployment;
    this.task = task;
    this.uid = uid;
    component = deployment.component(task);
    index = deployment.tasks(component).indexOf(task);
  }

  abstract void start();

  /** Delivers a tuple. */
  void receive(Tuple tuple) {
    throw new UnsupportedOperationException(this + " receives no tuples: " + tuple);
  }

  /** Stops the task abruptly, possibly in the middle of a step. */
  void end() {
    alive = false;
  }

  /** Releases resources after the run. */
  void cleanUp() {
    end();
  }

  @Override
  public String toString() {
    return component + "[" + index + "]#" + uid;
  }
}
