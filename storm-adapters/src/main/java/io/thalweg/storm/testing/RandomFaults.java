package io.thalweg.storm.testing;

import java.util.ArrayList;
import java.util.List;

/** Generator of random faults of every kind, at any place and time. */
final class RandomFaults {

  private enum Kind {
    KILL,
    CRASH,
    PAUSE,
    LONG_PAUSE,
    ZOMBIE,
    STORE,
    SINK_FAILS,
    SINK_DOWN,
    ACKS_LOST,
    STALL,
    SLOW,
    HANG,
    RESCALE
  }

  /** Kinds of faults, each repeated by its weight. */
  private static final List<Kind> KINDS =
      List.of(
          Kind.KILL,
          Kind.KILL,
          Kind.CRASH,
          Kind.CRASH,
          Kind.CRASH,
          Kind.PAUSE,
          Kind.LONG_PAUSE,
          Kind.ZOMBIE,
          Kind.ZOMBIE,
          Kind.STORE,
          Kind.SINK_FAILS,
          Kind.SINK_DOWN,
          Kind.ACKS_LOST,
          Kind.STALL,
          Kind.SLOW,
          Kind.HANG,
          Kind.RESCALE);

  private record Place(String component, int task) {}

  private final Chance chance;
  private final Deployment deployment;
  private final int partitions;
  private final int horizon;
  private final List<Place> bolts = new ArrayList<>();
  private final List<Place> all = new ArrayList<>();
  private final List<String> rescalable;
  private final Faults faults = new Faults();

  RandomFaults(Chance chance, Deployment deployment, int partitions, long lastArrival) {
    this.chance = chance;
    this.deployment = deployment;
    this.partitions = partitions;
    horizon = (int) Math.min(lastArrival, Integer.MAX_VALUE / 2) + 2_000;
    for (String bolt : deployment.bolts) {
      places(bolt, bolts);
    }
    // Bolts twice: they have more state than spouts.
    all.addAll(bolts);
    all.addAll(bolts);
    places(deployment.spout, all);
    rescalable = deployment.bolts.stream().filter(deployment::isKeyed).toList();
  }

  private void places(String component, List<Place> to) {
    for (int i = 0; i < deployment.tasks(component).size(); i++) {
      to.add(new Place(component, i));
    }
  }

  Faults draw(int number) {
    for (int i = 0; i < number; i++) {
      draw();
    }
    return faults;
  }

  private void draw() {
    int at = chance.from(50, horizon);
    Place any = chance.oneOf(all);
    Place bolt = chance.oneOf(bolts);
    int commit = chance.from(1, 18);
    CommitStep step = chance.oneOf(CommitStep.values());
    switch (chance.oneOf(KINDS)) {
      case KILL ->
          faults.kill(any.component, any.task, at, chance.from(10, 600), chance.oneOf(0, 0, 1));
      case CRASH -> faults.crash(bolt.component, bolt.task, commit, step);
      case PAUSE ->
          faults.pause(
              bolt.component,
              bolt.task,
              commit,
              step,
              chance.from(100, 2_500),
              chance.from(10, 300));
      case LONG_PAUSE ->
          faults.pause(bolt.component, bolt.task, commit, step, chance.from(500, 2_600), -1);
      case ZOMBIE ->
          faults.zombie(any.component, any.task, at, chance.from(10, 300), chance.from(50, 2_500));
      case STORE -> faults.storeFails(bolt.component, bolt.task, commit, chance.chance(0.5));
      case SINK_FAILS ->
          faults.sinkFails(at, at + chance.from(50, 1_500), chance.oneOf(0.3, 0.7, 1.0));
      case SINK_DOWN -> faults.sinkDown(at, at + chance.from(50, 1_200));
      case ACKS_LOST -> faults.acksLost(at, at + chance.from(50, 1_500), chance.oneOf(0.3, 1.0));
      case STALL -> faults.stall(chance.from(0, partitions - 1), at, at + chance.from(100, 1_500));
      case SLOW ->
          faults.slow(
              bolt.component, bolt.task, at, at + chance.from(50, 800), chance.from(200, 2_600));
      case HANG -> hang(bolt, at);
      case RESCALE -> rescale(at);
    }
  }

  /** Delays a task so that copies of one tuple arrive in one commit, while the sink fails. */
  private void hang(Place bolt, int at) {
    int millis = chance.from(1_200, 2_600);
    faults.slow(bolt.component, bolt.task, at, at + chance.from(50, 400), millis);
    int then = at + millis - chance.from(0, 200);
    faults.sinkFails(then, then + chance.from(100, 600), chance.oneOf(0.5, 1.0));
    if (chance.chance(0.7)) {
      faults.kill(bolt.component, bolt.task, then + chance.from(300, 900), chance.from(10, 300), 0);
    }
  }

  private void rescale(int at) {
    boolean before = faults.all().stream().anyMatch(Faults.Rescale.class::isInstance);
    if (!before && !rescalable.isEmpty()) {
      String component = chance.oneOf(rescalable);
      int now = deployment.tasks(component).size();
      int other = chance.from(1, 3);
      faults.rescale(component, at, other == now ? now + 1 : other, chance.chance(0.6));
    }
  }
}
