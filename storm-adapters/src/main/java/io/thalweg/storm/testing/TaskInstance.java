package io.thalweg.storm.testing;

/** One start of a task. */
abstract class TaskInstance {

  final World world;
  final Deployment deployment;
  final int task;
  final String component;
  final int index;
  final long uid;
  boolean alive = true;

  TaskInstance(World world, Deployment deployment, int task, long uid) {
    this.world = world;
    this.deployment = deployment;
    this.task = task;
    this.uid = uid;
    component = deployment.component(task);
    index = deployment.tasks(component).indexOf(task);
  }

  abstract void start();

  /** Its end, without a word: it may be in the middle of something. */
  void end() {
    alive = false;
  }

  /** Gives back what the test's machine lent. */
  void cleanUp() {
    end();
  }

  @Override
  public String toString() {
    return component + "[" + index + "]#" + uid;
  }
}
