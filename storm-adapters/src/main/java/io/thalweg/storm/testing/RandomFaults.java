package io.thalweg.storm.testing;

import java.util.ArrayList;
import java.util.List;

/** Draws what goes wrong: every kind of fault, anywhere, at any time, and two that go together. */
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

  /** Each as often as it stands here. */
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

  private final Dice dice;
  private final Deployment deployment;
  private final int partitions;
  private final int horizon;
  private final List<Place> bolts = new ArrayList<>();
  private final List<Place> all = new ArrayList<>();
  private final List<String> rescalable;
  private final Faults faults = new Faults();

  RandomFaults(Dice dice, Deployment deployment, int partitions, long lastArrival) {
    this.dice = dice;
    this.deployment = deployment;
    this.partitions = partitions;
    horizon = (int) Math.min(lastArrival, Integer.MAX_VALUE / 2) + 2_000;
    for (String bolt : deployment.bolts) {
      places(bolt, bolts);
    }
    // A bolt has more to lose than a spout.
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
    int at = dice.from(50, horizon);
    Place any = dice.oneOf(all);
    Place bolt = dice.oneOf(bolts);
    int commit = dice.from(1, 18);
    Step step = dice.oneOf(Step.values());
    switch (dice.oneOf(KINDS)) {
      case KILL ->
          faults.kill(any.component, any.task, at, dice.from(10, 600), dice.oneOf(0, 0, 1));
      case CRASH -> faults.crash(bolt.component, bolt.task, commit, step);
      case PAUSE ->
          faults.pause(
              bolt.component, bolt.task, commit, step, dice.from(100, 2_500), dice.from(10, 300));
      case LONG_PAUSE ->
          faults.pause(bolt.component, bolt.task, commit, step, dice.from(500, 2_600), -1);
      case ZOMBIE ->
          faults.zombie(any.component, any.task, at, dice.from(10, 300), dice.from(50, 2_500));
      case STORE -> faults.storeFails(bolt.component, bolt.task, commit, dice.chance(0.5));
      case SINK_FAILS -> faults.sinkFails(at, at + dice.from(50, 1_500), dice.oneOf(0.3, 0.7, 1.0));
      case SINK_DOWN -> faults.sinkDown(at, at + dice.from(50, 1_200));
      case ACKS_LOST -> faults.acksLost(at, at + dice.from(50, 1_500), dice.oneOf(0.3, 1.0));
      case STALL -> faults.stall(dice.from(0, partitions - 1), at, at + dice.from(100, 1_500));
      case SLOW ->
          faults.slow(
              bolt.component, bolt.task, at, at + dice.from(50, 800), dice.from(200, 2_600));
      case HANG -> hang(bolt, at);
      case RESCALE -> rescale(at);
    }
  }

  /** Copies of one tuple meet in one commit, and the sink fails about then. */
  private void hang(Place bolt, int at) {
    int millis = dice.from(1_200, 2_600);
    faults.slow(bolt.component, bolt.task, at, at + dice.from(50, 400), millis);
    int then = at + millis - dice.from(0, 200);
    faults.sinkFails(then, then + dice.from(100, 600), dice.oneOf(0.5, 1.0));
    if (dice.chance(0.7)) {
      faults.kill(bolt.component, bolt.task, then + dice.from(300, 900), dice.from(10, 300), 0);
    }
  }

  private void rescale(int at) {
    boolean before = faults.all().stream().anyMatch(Faults.Rescale.class::isInstance);
    if (!before && !rescalable.isEmpty()) {
      String component = dice.oneOf(rescalable);
      int now = deployment.tasks(component).size();
      int other = dice.from(1, 3);
      faults.rescale(component, at, other == now ? now + 1 : other, dice.chance(0.6));
    }
  }
}
