package io.thalweg.feature;

import io.thalweg.KeyedState;
import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.feature.Declared.Measure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/** Random features and a random stream of events for them, in order of time. */
record FeatureStream(List<Declared> features, long idle, List<Event> events) {

  static final Duration LATENESS = Duration.ofMillis(25);

  /** An event of a key. Its number is its place in the stream. */
  record Event(int number, String key, Act act, long time) {
    byte[] source() {
      return new byte[] {(byte) (number >> 8), (byte) number};
    }
  }

  static FeatureStream draw(long seed, boolean harsh, boolean forever) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Declared> features = Declared.draw(random, 12, true);
    long idle = forever ? Long.MAX_VALUE : 1 + random.nextInt(30_000);
    return new FeatureStream(features, idle, events(random, harsh));
  }

  static FeatureStream bounded(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Declared> features = Declared.draw(random, 12, false);
    return new FeatureStream(features, Long.MAX_VALUE, events(random, false));
  }

  static List<Event> events(SplittableRandom random, boolean harsh) {
    long time =
        switch (random.nextInt(4)) {
          case 0 -> 0;
          case 1 -> -40;
          case 2 -> 1_767_225_600_000L + random.nextInt(86_400_000);
          default -> -1_000_000_007L;
        };
    int scale = random.nextInt(4);
    boolean isLong = random.nextInt(8) == 0; // several chunks of a buffer
    int keys = isLong ? 1 : 1 + random.nextInt(3);
    int count = 1 + random.nextInt(isLong ? 400 : 90);
    int step = random.nextBoolean() ? 8 : 8000;
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      time += random.nextInt(3) == 0 ? 0 : random.nextInt(step);
      time += random.nextInt(40) == 0 ? 90L * step : 0;
      boolean reserved = harsh && random.nextInt(50) == 0;
      long at = reserved ? random.nextBoolean() ? Long.MIN_VALUE : Long.MAX_VALUE : time;
      events.add(new Event(i, "key " + random.nextInt(keys), Act.draw(random, scale, harsh), at));
    }
    return events;
  }

  /** Returns the events in an order of arrival whose disorder is at most a bound. */
  List<Event> shuffled(SplittableRandom random, long bound) {
    long[] arrivals = new long[events.size()];
    for (Event event : events) {
      arrivals[event.number] = event.time + random.nextLong(bound + 1);
    }
    List<Event> shuffled = new ArrayList<>(events);
    shuffled.sort(
        Comparator.<Event>comparingLong(event -> arrivals[event.number])
            .thenComparingInt(event -> -event.number));
    return shuffled;
  }

  FeatureSet<Act> set() {
    return set("acts");
  }

  FeatureSet<Act> set(String name) {
    return set(name, features);
  }

  private FeatureSet<Act> set(String name, List<Declared> of) {
    FeatureSet.Builder<Act> builder =
        FeatureSet.<Act>named(name).answering(FeatureOracle::isAskedFor).lateness(LATENESS);
    if (idle < Long.MAX_VALUE) {
      builder = builder.idle(Duration.ofMillis(idle));
    } else if (of.stream().anyMatch(Declared::needsIdle)) {
      builder = builder.idle(KeyedState.FOREVER);
    }
    for (Declared feature : of) {
      builder = feature.addTo(builder);
    }
    return builder.build();
  }

  FeatureOracle oracle() {
    boolean bounded = features.stream().noneMatch(Declared::needsIdle);
    return new FeatureOracle(
        features, LATENESS.toMillis(), bounded && idle == Long.MAX_VALUE ? 1 : idle);
  }

  /** Returns the descriptions of the answers of a vector that are wrong. */
  List<String> wrong(List<FeatureOracle.Expected> expected, FeatureVector actual) {
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < features.size(); i++) {
      Declared feature = features.get(i);
      FeatureOracle.Expected right = expected.get(i);
      if (feature.measure() == Measure.RATIO || feature.measure() == Measure.COMBINE) {
        right =
            FeatureOracle.combined(feature, actual.number(feature.a()), actual.number(feature.b()));
      }
      Object answer =
          feature.measure().isText() ? actual.text(i) : (Object) actual.number(feature.name());
      if (!right.allows(answer)) {
        wrong.add(feature + ": " + answer + ", expected " + right);
      }
    }
    return wrong;
  }

  static void process(
      Processor<String, Act, FeatureRow<Act>> by,
      Event event,
      Output<String, FeatureRow<Act>> out) {
    by.process(event.key, event.act, event.time, out);
  }
}
